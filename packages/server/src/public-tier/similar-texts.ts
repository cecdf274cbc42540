import { Problem } from '../problem.ts';
import { likeness } from './sketch.ts';

const HOUR_MS = 3_600_000;
/** Documents that share more of their runs than this are nearly the same: a text in three times as much padding still is. */
const ALIKE = 0.25;
/** Sketches kept, about 20 MB; beyond these the oldest are forgotten. */
const MAX_SKETCHES = 20_000;

interface Kept {
  readonly client: string;
  readonly sketch: Uint32Array;
  readonly time: number;
}

/** Counts, for each client, texts of the last hour that are nearly the same: who climbs by small edits is stopped. */
export class SimilarTexts {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #byClient = new Map<string, Kept[]>();
  // The oldest first.
  readonly #all = new Set<Kept>();

  /**
   * @param limit texts an hour that may be nearly the same.
   * @param now   milliseconds of a clock.
   */
  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
  }

  /**
   * Counts a text, of which nothing is kept but its sketch.
   *
   * @throws {Problem} `budget-spent` if the client has had its share of texts like it.
   */
  add(client: string, sketch: Uint32Array): void {
    const now = this.#now();
    this.#forget(now);
    const own = this.#byClient.get(client) ?? [];
    const alike = own.filter((kept) => likeness(kept.sketch, sketch) > ALIKE);
    const [oldest] = alike;
    if (oldest !== undefined && alike.length >= this.#limit) {
      throw new Problem('budget-spent', 'the budget for texts that are nearly the same is spent', {
        limit: { name: 'COUNTERMARK_PUBLIC_SIMILAR', value: this.#limit },
        retryAfter: (oldest.time + HOUR_MS - now) / 1000,
      });
    }
    const kept = { client, sketch, time: now };
    this.#byClient.set(client, [...own, kept]);
    this.#all.add(kept);
  }

  #forget(now: number): void {
    for (const kept of this.#all) {
      if (this.#all.size < MAX_SKETCHES && now - kept.time < HOUR_MS) return;
      this.#all.delete(kept);
      const rest = (this.#byClient.get(kept.client) ?? []).filter((other) => other !== kept);
      if (rest.length === 0) this.#byClient.delete(kept.client);
      else this.#byClient.set(kept.client, rest);
    }
  }
}
