/** Which share of a corpus's documents visibly carry the mark. */
import { clopperPearson } from '../stats/clopper-pearson.ts';

/** The level at which documents are counted: unmarked ones pass it with at most this probability. */
export const SHARE_LEVEL = 1e-4;
/** Lengths of the classes, in scored tokens; the last has no end. */
const LENGTHS: readonly number[] = [0, 100, 200, 400, 800, 1600];

/** Documents of some length. */
export interface LengthClass {
  /** Scored tokens, from … */
  readonly from: number;
  /** … to one less than this; null without end. */
  readonly to: number | null;
  readonly documents: number;
  readonly below: number;
  readonly estimate: number;
}

/** An estimate with its interval. */
export interface ShareEstimate {
  /** Different contents with enough scored tokens that it rests on. */
  readonly documents: number;
  /** Of them, those with p ≤ `level`. */
  readonly below: number;
  /** The level: unmarked documents pass it with at most this probability. */
  readonly level: number;
  readonly estimate: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** The same by number of scored tokens: where it rises with length, shorter marked documents go unseen. */
  readonly byLength: readonly LengthClass[];
}

/**
 * Counts documents with p ≤ {@link SHARE_LEVEL}.
 *
 * Estimated is the share that passes because of the mark. Marked documents that are too short or too predictable to pass are
 * not in it, so it is at most the share of marked documents. The 95 % interval assumes documents with independent p-values:
 * different contents that have few tuples in common. Its lower end allows for as many unmarked documents as may pass.
 */
export class ShareTally {
  readonly #documents = new Float64Array(LENGTHS.length);
  readonly #below = new Float64Array(LENGTHS.length);

  /** Adds a document with enough scored tokens. */
  add(scored: number, isBelow: boolean): void {
    const last = LENGTHS.findLastIndex((length) => scored >= length);
    this.#documents[last]!++;
    if (isBelow) this.#below[last]!++;
  }

  /** Computes the estimate. */
  estimate(): ShareEstimate {
    const documents = this.#documents.reduce((a, b) => a + b, 0);
    const below = this.#below.reduce((a, b) => a + b, 0);
    const interval = documents === 0 ? { low: 0, high: 1 } : clopperPearson(documents, below);
    return {
      documents,
      below,
      level: SHARE_LEVEL,
      estimate: documents === 0 ? 0 : withoutFalse(below / documents),
      low: withoutFalse(interval.low),
      high: interval.high,
      byLength: LENGTHS.map((from, i) => ({
        from,
        to: LENGTHS[i + 1] ?? null,
        documents: this.#documents[i]!,
        below: this.#below[i]!,
        estimate: this.#documents[i] === 0 ? 0 : withoutFalse(this.#below[i]! / this.#documents[i]!),
      })),
    };
  }
}

// Of a share s of marked documents that all pass, s + (1 − s) · level pass at most.
function withoutFalse(share: number): number {
  return Math.max(0, (share - SHARE_LEVEL) / (1 - SHARE_LEVEL));
}
