import { createHmac, randomBytes } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { BudgetLedger, BudgetLimits } from './budget-ledger.ts';
import { SimilarTexts } from './similar-texts.ts';

const HOUR_S = 3600;

/** Budgets of a process that has its clients for itself: in memory alone, under salts drawn afresh by each process. */
export class LocalLedger implements BudgetLedger {
  readonly textSalt: number = randomBytes(4).readUInt32LE();
  readonly #clientSalt = randomBytes(32);
  readonly #limiter: RateLimiterMemory;
  readonly #similar: SimilarTexts;

  constructor({ perHour, similar }: BudgetLimits) {
    this.#limiter = new RateLimiterMemory({ points: perHour, duration: HOUR_S });
    this.#similar = new SimilarTexts(similar);
  }

  async charge(network: string, cost: number): Promise<number | undefined> {
    const client = this.#clientOf(network);
    try {
      await this.#limiter.consume(client, cost);
      return undefined;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // What was refused costs nothing.
      await this.#limiter.reward(client, cost);
      return refusal.msBeforeNext / 1000;
    }
  }

  async countSimilar(network: string, sketch: Uint32Array): Promise<number | undefined> {
    return this.#similar.add(this.#clientOf(network), sketch);
  }

  #clientOf(network: string): string {
    return createHmac('sha256', this.#clientSalt).update(network).digest('base64url');
  }
}
