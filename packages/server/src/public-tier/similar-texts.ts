import { areAlike } from './sketch.ts';

const HOUR_MS = 3_600_000;
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
   * Counts a text, of which nothing is kept but its sketch, unless the client has had its share of texts like it.
   *
   * @returns undefined if it was counted, or else the seconds until there may be another.
   */
  add(client: string, sketch: Uint32Array): number | undefined {
    const now = this.#now();
    this.#forget(now);
    const own = this.#byClient.get(client) ?? [];
    const alike = own.filter((kept) => areAlike(kept.sketch, sketch));
    const [oldest] = alike;
    if (oldest !== undefined && alike.length >= this.#limit) {
      return (oldest.time + HOUR_MS - now) / 1000;
    }
    const kept = { client, sketch, time: now };
    this.#byClient.set(client, [...own, kept]);
    this.#all.add(kept);
    return undefined;
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
