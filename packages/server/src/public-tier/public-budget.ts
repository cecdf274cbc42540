import { createHmac, randomBytes } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Document } from '../compute/task.ts';
import { Problem } from '../problem.ts';
import { clientNetwork } from './client-network.ts';
import { SimilarTexts } from './similar-texts.ts';

const HOUR_S = 3600;
/** Characters that cost as much as one detection of few. */
const CHARACTERS_A_POINT = 25_000;
/** Characters that a token stands for. */
const CHARACTERS_A_TOKEN = 4;

/** What clients of the public tier may ask for in an hour. Kept in memory, under hashes salted afresh by each process. */
export class PublicBudget {
  /** Salt of texts' sketches. */
  readonly textSalt: number = randomBytes(4).readUInt32LE();
  readonly #clientSalt = randomBytes(32);
  readonly #perHour: number;
  readonly #limiter: RateLimiterMemory;
  readonly #similar: SimilarTexts;

  /**
   * @param perHour detections.
   * @param similar of these, for texts that are nearly the same.
   */
  constructor(perHour: number, similar: number) {
    this.#perHour = perHour;
    this.#limiter = new RateLimiterMemory({ points: perHour, duration: HOUR_S });
    this.#similar = new SimilarTexts(similar);
  }

  /**
   * Charges a client for a document: one detection, and one more for each 25,000 characters.
   *
   * @param address the client's.
   * @throws {Problem} `budget-spent` saying when it is renewed.
   */
  async charge(address: string, document: Document): Promise<void> {
    const client = this.#clientOf(address);
    const characters = typeof document === 'string' ? document.length : CHARACTERS_A_TOKEN * document.length;
    // The largest text is not out of reach of a small budget.
    const cost = Math.min(this.#perHour, 1 + Math.floor(characters / CHARACTERS_A_POINT));
    try {
      await this.#limiter.consume(client, cost);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // What was refused costs nothing.
      await this.#limiter.reward(client, cost);
      throw new Problem('budget-spent', `the budget of ${this.#perHour} detections an hour is spent`, {
        limit: { name: 'COUNTERMARK_PUBLIC_BUDGET', value: this.#perHour },
        retryAfter: refusal.msBeforeNext / 1000,
      });
    }
  }

  /**
   * Counts a text among those like it.
   *
   * @param address the client's.
   * @param sketch  of its tokens, made with {@link textSalt}.
   * @throws {Problem} `budget-spent` if there were too many.
   */
  countSimilar(address: string, sketch: Uint32Array): void {
    this.#similar.add(this.#clientOf(address), sketch);
  }

  #clientOf(address: string): string {
    return createHmac('sha256', this.#clientSalt).update(clientNetwork(address)).digest('base64url');
  }
}
