import { hashesOf, oldestRepeated, type Question } from './repetition.ts';

const HOUR_MS = 3_600_000;
/** Hashes kept, 128 MB; beyond these the oldest questions are forgotten. */
const MAX_HASHES = 32_000_000;

interface Kept {
  readonly client: string;
  readonly hashes: Uint32Array;
  readonly time: number;
}

/** The tuples that each client asked about within the last hour: who asks about the same ones again and again is stopped. */
export class AskedTuples {
  readonly #limit: number;
  readonly #now: () => number;
  // The oldest first, as in the next.
  readonly #byClient = new Map<string, Kept[]>();
  readonly #all = new Set<Kept>();
  #hashes = 0;

  /**
   * @param limit questions an hour that may ask about a tuple.
   * @param now   milliseconds of a clock.
   */
  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
  }

  /**
   * Counts a question, of which nothing is kept but hashes, unless it repeats too much.
   *
   * @returns undefined if it was counted, or else the seconds until there may be another.
   */
  add(client: string, question: Question): number | undefined {
    const now = this.#now();
    this.#forget(now);
    const own = this.#byClient.get(client) ?? [];
    const at = oldestRepeated(
      question,
      own.map(({ hashes }) => hashes),
      this.#limit,
    );
    if (at !== undefined) return ((own[at]?.time ?? now) + HOUR_MS - now) / 1000;
    const kept = { client, hashes: hashesOf(question), time: now };
    this.#byClient.set(client, [...own, kept]);
    this.#all.add(kept);
    this.#hashes += kept.hashes.length;
    return undefined;
  }

  #forget(now: number): void {
    for (const kept of this.#all) {
      if (this.#hashes <= MAX_HASHES && now - kept.time < HOUR_MS) return;
      this.#all.delete(kept);
      this.#hashes -= kept.hashes.length;
      const rest = (this.#byClient.get(kept.client) ?? []).filter((other) => other !== kept);
      if (rest.length === 0) this.#byClient.delete(kept.client);
      else this.#byClient.set(kept.client, rest);
    }
  }
}
