import { createHmac, randomBytes } from 'node:crypto';
import { AskedTuples } from './asked-tuples.ts';
import type { BudgetLedger, BudgetLimits, Refusal } from './budget-ledger.ts';
import type { Question } from './repetition.ts';
import { WindowBudget } from './window-budget.ts';

const HOUR_MS = 3_600_000;
const ALL_CLIENTS = 'all clients';

/** Budgets of a process that has its clients for itself: in memory alone, under salts drawn afresh by each process. */
export class LocalLedger implements BudgetLedger {
  readonly textSalt: number = randomBytes(4).readUInt32LE();
  readonly #clientSalt = randomBytes(32);
  readonly #clients: WindowBudget;
  readonly #everybody: WindowBudget;
  readonly #asked: AskedTuples;

  constructor({ perHour, total, similar }: BudgetLimits) {
    this.#clients = new WindowBudget(perHour, HOUR_MS);
    this.#everybody = new WindowBudget(total, HOUR_MS);
    this.#asked = new AskedTuples(similar);
  }

  async charge(network: string, cost: number): Promise<Refusal | undefined> {
    const client = this.#clientOf(network);
    const own = this.#clients.take(client, cost);
    if (own !== undefined) return { of: 'client', seconds: own };
    const shared = this.#everybody.take(ALL_CLIENTS, cost);
    if (shared === undefined) return undefined;
    this.#clients.giveBack(client, cost);
    return { of: 'all clients', seconds: shared };
  }

  async countTuples(network: string, question: Question): Promise<number | undefined> {
    return this.#asked.add(this.#clientOf(network), question);
  }

  #clientOf(network: string): string {
    return createHmac('sha256', this.#clientSalt).update(network).digest('base64url');
  }
}
