import { createHmac, randomBytes } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AskedTuples } from './asked-tuples.ts';
import type { BudgetLedger, BudgetLimits, Refusal } from './budget-ledger.ts';
import type { Question } from './repetition.ts';

const HOUR_S = 3600;
const ALL_CLIENTS = 'all clients';

/** Budgets of a process that has its clients for itself: in memory alone, under salts drawn afresh by each process. */
export class LocalLedger implements BudgetLedger {
  readonly textSalt: number = randomBytes(4).readUInt32LE();
  readonly #clientSalt = randomBytes(32);
  readonly #clients: RateLimiterMemory;
  readonly #everybody: RateLimiterMemory;
  readonly #asked: AskedTuples;

  constructor({ perHour, total, similar }: BudgetLimits) {
    this.#clients = new RateLimiterMemory({ points: perHour, duration: HOUR_S });
    this.#everybody = new RateLimiterMemory({ points: total, duration: HOUR_S });
    this.#asked = new AskedTuples(similar);
  }

  async charge(network: string, cost: number): Promise<Refusal | undefined> {
    const client = this.#clientOf(network);
    const own = await take(this.#clients, client, cost);
    if (own !== undefined) return { of: 'client', seconds: own };
    const shared = await take(this.#everybody, ALL_CLIENTS, cost);
    if (shared === undefined) return undefined;
    await this.#clients.reward(client, cost);
    return { of: 'all clients', seconds: shared };
  }

  async countTuples(network: string, question: Question): Promise<number | undefined> {
    return this.#asked.add(this.#clientOf(network), question);
  }

  #clientOf(network: string): string {
    return createHmac('sha256', this.#clientSalt).update(network).digest('base64url');
  }
}

/** Takes from a budget; what is refused costs nothing, and yields the seconds until there is more. */
async function take(budget: RateLimiterMemory, name: string, cost: number): Promise<number | undefined> {
  try {
    await budget.consume(name, cost);
    return undefined;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    await budget.reward(name, cost);
    return refusal.msBeforeNext / 1000;
  }
}
