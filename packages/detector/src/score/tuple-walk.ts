/** The one walk over a document's tuples: who scores, traces accounts or gathers evidence takes its runs. */
import { HEADER_WORDS, type ScoringSource } from '@countermark/watermark/scheme';
import { checkTokenIds } from '../read/token-ids.ts';
import type { TupleSet } from './tuple-set.ts';

/** A stretch of one segment, with the headers of its contexts. Its arrays are overwritten by the next. */
export interface TupleRun {
  /** Uint32Array `[run]`, the tokens; the first `contextWidth` of them are context only. */
  readonly tokenIds: Uint32Array;
  /** Position of the first of them in the document, counted through its segments. */
  readonly offset: number;
  /** Uint32Array `[(run − contextWidth) * 4]`, the headers of the contexts. */
  readonly headers: Uint32Array;
}

// Headers are computed in runs of this many positions: bounds the memory, not the result.
const RUN = 2048;

/** Walks over documents with one word source; holds some 60 kB of buffers. */
export class TupleWalk {
  /** Token ids before a scored one, h. */
  readonly contextWidth: number;
  readonly #source: ScoringSource;
  readonly #vocabSize: number;
  readonly #headers = new Uint32Array(HEADER_WORDS * RUN);
  // One more place: a position is written before it is known to count.
  readonly #positions = new Uint32Array(RUN + 1);
  readonly #words = new Uint32Array(RUN);
  readonly #symbols = new Uint8Array(RUN);

  /** @param source not closed. */
  constructor(source: ScoringSource, vocabSize: number) {
    this.contextWidth = source.contextWidth;
    this.#source = source;
    this.#vocabSize = vocabSize;
  }

  /** Counts the tokens of a document that have a full context. */
  contexts(segments: readonly Uint32Array[]): number {
    return segments.reduce((sum, { length }) => sum + Math.max(0, length - this.contextWidth), 0);
  }

  /**
   * Walks over a document; no context reaches from one segment to the next.
   *
   * @param segments Uint32Arrays `[n]` each. All are checked before the first run. Not retained.
   * @throws {DetectorError} `token-out-of-range` naming the position, counted through the segments.
   */
  *runs(segments: readonly Uint32Array[]): Generator<TupleRun, void, void> {
    let total = 0;
    for (const segment of segments) {
      checkTokenIds(segment, this.#vocabSize, total);
      total += segment.length;
    }
    const width = this.contextWidth;
    let offset = 0;
    for (const segment of segments) {
      for (let start = 0; start < segment.length - width; start += RUN) {
        const end = Math.min(start + RUN, segment.length - width);
        const tokenIds = segment.subarray(start, end + width);
        const headers = this.#headers.subarray(0, HEADER_WORDS * (end - start));
        this.#source.sequenceHeaders(tokenIds, headers);
        yield { tokenIds, offset: offset + start, headers };
      }
      offset += segment.length;
    }
  }

  /**
   * Lists the tokens of a run whose context's slot word is at least `from` and below `limit`.
   *
   * @returns Uint32Array `[m]`, places in the run's `tokenIds`, ascending. Overwritten by the next list.
   */
  inSlots({ headers }: TupleRun, from: number, limit: number): Uint32Array {
    const positions = this.#positions;
    let count = 0;
    for (let at = 0, position = this.contextWidth; at < headers.length; at += HEADER_WORDS, position++) {
      const slot = headers[at]!;
      positions[count] = position;
      if (slot >= from && slot < limit) count++;
    }
    return positions.subarray(0, count);
  }

  /**
   * Keeps the tokens whose tuple is new to a set, and adds these to it.
   *
   * @param positions of {@link inSlots}. Overwritten.
   * @returns its first part.
   */
  keepNew({ tokenIds, headers }: TupleRun, positions: Uint32Array, tuples: TupleSet): Uint32Array {
    const width = this.contextWidth;
    let count = 0;
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      const at = HEADER_WORDS * (position - width);
      if (tuples.add(headers[at + 2]!, headers[at + 3]!, tokenIds[position]!)) positions[count++] = position;
    }
    return positions.subarray(0, count);
  }

  /**
   * Computes the words of tokens of a run.
   *
   * @param positions places in its `tokenIds`, at most a run's.
   * @returns Uint32Array `[m]`. Overwritten by the next.
   */
  words({ tokenIds }: TupleRun, positions: Uint32Array): Uint32Array {
    const words = this.#words.subarray(0, positions.length);
    this.#source.sequenceWords(tokenIds, positions, this.#symbols.subarray(0, positions.length), words);
    return words;
  }
}
