import { Problem } from '../http/problem.ts';
import type { BudgetLedger, BudgetLimits } from './budget-ledger.ts';
import { clientNetwork } from './client-network.ts';
import type { Question } from './repetition.ts';

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

  /** Salt of tuples' hashes. */
  get textSalt(): number {
    return this.#ledger.textSalt;
  }

  /**
   * Charges a client, and all clients together, for a document: one detection, and one more for each 25,000 characters.
   *
   * @param address the client's.
   * @throws {Problem} `budget-spent` saying when it is renewed; `overloaded` if nobody can say what is left.
   */
  async charge(address: string, document: string | Uint32Array): Promise<void> {
    const { perHour, total } = this.#limits;
    const characters = typeof document === 'string' ? document.length : CHARACTERS_A_TOKEN * document.length;
    // The largest text is not out of reach of a small budget.
    const cost = Math.min(perHour, total, 1 + Math.floor(characters / CHARACTERS_A_POINT));
    const refusal = await this.#ledger.charge(clientNetwork(address), cost);
    if (refusal === undefined) return;
    const { of, seconds: retryAfter } = refusal;
    if (of === 'client') {
      throw new Problem('budget-spent', `the budget of ${perHour} detections an hour is spent`, {
        limit: { name: 'COUNTERMARK_PUBLIC_BUDGET', value: perHour },
        retryAfter,
      });
    }
    throw new Problem(
      'budget-spent',
      `all clients together have spent the ${total} detections an hour that the server answers without an API key`,
      { limit: { name: 'COUNTERMARK_PUBLIC_TOTAL', value: total }, retryAfter },
    );
  }

  /**
   * Counts a question among those of the client.
   *
   * @param address  the client's.
   * @param question hashes of what it is about, made with {@link textSalt}; nothing is counted where there are none.
   * @throws {Problem} `budget-spent` if it repeats too much of earlier ones; `overloaded` if nobody can say.
   */
  async countTuples(address: string, question: Question): Promise<void> {
    if (question.length === 0) return;
    const retryAfter = await this.#ledger.countTuples(clientNetwork(address), question);
    if (retryAfter === undefined) return;
    const { similar } = this.#limits;
    throw new Problem(
      'budget-spent',
      `the text repeats passages that were tested ${similar} times within an hour: test another text, or wait`,
      { limit: { name: 'COUNTERMARK_PUBLIC_SIMILAR', value: similar }, retryAfter },
    );
  }
}
