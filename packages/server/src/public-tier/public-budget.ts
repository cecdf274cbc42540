import type { Document } from '../compute/task.ts';
import { Problem } from '../problem.ts';
import type { BudgetLedger, BudgetLimits } from './budget-ledger.ts';
import { clientNetwork } from './client-network.ts';

/** Characters that cost as much as one detection of few. */
const CHARACTERS_A_POINT = 25_000;
/** Characters that a token stands for. */
const CHARACTERS_A_TOKEN = 4;

/** What clients of the public tier may ask for in an hour. */
export class PublicBudget {
  readonly #ledger: BudgetLedger;
  readonly #limits: BudgetLimits;

  /** @param ledger counts within the same limits. */
  constructor(ledger: BudgetLedger, limits: BudgetLimits) {
    this.#ledger = ledger;
    this.#limits = limits;
  }

  /** Salt of texts' sketches. */
  get textSalt(): number {
    return this.#ledger.textSalt;
  }

  /**
   * Charges a client for a document: one detection, and one more for each 25,000 characters.
   *
   * @param address the client's.
   * @throws {Problem} `budget-spent` saying when it is renewed; `overloaded` if nobody can say what is left.
   */
  async charge(address: string, document: Document): Promise<void> {
    const { perHour } = this.#limits;
    const characters = typeof document === 'string' ? document.length : CHARACTERS_A_TOKEN * document.length;
    // The largest text is not out of reach of a small budget.
    const cost = Math.min(perHour, 1 + Math.floor(characters / CHARACTERS_A_POINT));
    const retryAfter = await this.#ledger.charge(clientNetwork(address), cost);
    if (retryAfter === undefined) return;
    throw new Problem('budget-spent', `the budget of ${perHour} detections an hour is spent`, {
      limit: { name: 'COUNTERMARK_PUBLIC_BUDGET', value: perHour },
      retryAfter,
    });
  }

  /**
   * Counts a text among those like it.
   *
   * @param address the client's.
   * @param sketch  of its tokens, made with {@link textSalt}.
   * @throws {Problem} `budget-spent` if there were too many; `overloaded` if nobody can say.
   */
  async countSimilar(address: string, sketch: Uint32Array): Promise<void> {
    const retryAfter = await this.#ledger.countSimilar(clientNetwork(address), sketch);
    if (retryAfter === undefined) return;
    throw new Problem('budget-spent', 'the budget for texts that are nearly the same is spent', {
      limit: { name: 'COUNTERMARK_PUBLIC_SIMILAR', value: this.#limits.similar },
      retryAfter,
    });
  }
}
