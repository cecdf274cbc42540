/**
 * Scores the tokens of one document under one key: docs/spec.md section 6.
 */
import {
  HEADER_WORDS,
  type MarkKey,
  type ScoreReading,
  type ScoringMark,
  type ScoringSource,
} from '@countermark/watermark/scheme';
import { EvidenceTally } from './evidence/evidence-tally.ts';
import { createWordBins } from './evidence/word-bins.ts';
import { checkTokenIds } from './token-ids.ts';
import { TupleSet } from './tuple-set.ts';

/** What a repeated tuple does: counts once (`context-token`, the only calibrated choice) or every time (`none`). */
export type Dedup = 'context-token' | 'none';

/** How often each kind of token occurred in a document, and the sum over the scored ones. */
export interface Score {
  /** Tokens in the document. */
  readonly total: number;
  /** Unique common-slot tuples: the n of the test. */
  readonly scored: number;
  /** Common-slot tokens whose tuple occurred earlier. */
  readonly duplicates: number;
  /** Tokens whose context carries an account's symbol or nothing. */
  readonly otherSlots: number;
  /** First tokens, with fewer than h before them. */
  readonly withoutContext: number;
  /** Tokens whose word depends on too little of the key, of another watermark's keys: 0 for ours. */
  readonly unkeyed: number;
  /** Sum of the integer scores of the scored tokens. */
  readonly sum: number;
}

/** What a token was to the test. */
export const TOKEN_STATUSES = ['without-context', 'other-slot', 'duplicate', 'scored', 'unkeyed'] as const;
/** One of {@link TOKEN_STATUSES}. */
export type TokenStatus = (typeof TOKEN_STATUSES)[number];

/** Scored tuples of a run of tokens, as {@link Scorer.scoreSegments} comes to them. Overwritten by the next run. */
export interface ScoredRun {
  /** Uint32Array `[run]`, the tokens, the first `contextWidth` of them as context only. */
  readonly tokenIds: Uint32Array;
  readonly contextWidth: number;
  /** Uint32Array `[(run − contextWidth) * 4]`, the headers of the contexts. */
  readonly headers: Uint32Array;
  /** Uint32Array `[m]`, where in `tokenIds` the scored tuples' tokens are, ascending. */
  readonly positions: Uint32Array;
  /** Uint32Array `[m]`, their words. */
  readonly words: Uint32Array;
}

/** Where {@link Scorer.score} leaves what it found at each position, if asked to. */
export interface ScoreTrace {
  /** Uint8Array `[n]`, indices into {@link TOKEN_STATUSES}; starts as zeros. Overwritten. */
  readonly statuses: Uint8Array;
  /** Uint32Array `[n]`, the words of scored tokens. Overwritten there. */
  readonly words: Uint32Array;
}

/** How {@link Scorer.scoreSegments} scores. */
export interface SegmentOptions {
  readonly dedup?: Dedup;
  readonly trace?: ScoreTrace;
  readonly onRun?: (run: ScoredRun) => void;
}

const OTHER_SLOT = TOKEN_STATUSES.indexOf('other-slot');
const DUPLICATE = TOKEN_STATUSES.indexOf('duplicate');
const SCORED = TOKEN_STATUSES.indexOf('scored');
const UNKEYED = TOKEN_STATUSES.indexOf('unkeyed');

// Headers are computed in runs of this many positions: bounds the memory, not the result.
const RUN = 2048;

/** Scores documents under one key; holds its derived key and about 100 kB of buffers until closed. */
export class Scorer {
  /** What each word scores. */
  readonly reading: ScoreReading;
  /** Token ids before a scored one, h. */
  readonly contextWidth: number;
  readonly #vocabSize: number;
  readonly #commonLimit: number;
  readonly #unkeyedSlot: number;
  readonly #wordSource: ScoringSource;
  readonly #tuples = new TupleSet();
  readonly #evidence: EvidenceTally | undefined;
  readonly #headers = new Uint32Array(HEADER_WORDS * RUN);
  readonly #positions = new Uint32Array(RUN + 1);
  readonly #words = new Uint32Array(RUN);
  readonly #symbols = new Uint8Array(RUN);
  #closed = false;

  /** @param mark what the key scores with, if it was opened already; the scorer closes it. */
  constructor(key: MarkKey, mark: ScoringMark = key.openScoring()) {
    const { reading, source, scheme, commonLimit, unkeyedSlot } = mark;
    this.reading = reading;
    this.contextWidth = source.contextWidth;
    this.#evidence = scheme === undefined ? undefined : new EvidenceTally(createWordBins(scheme));
    this.#vocabSize = key.vocabSize;
    this.#commonLimit = commonLimit;
    this.#unkeyedSlot = unkeyedSlot;
    this.#wordSource = source;
  }

  /**
   * Scores a document.
   *
   * @param tokenIds Uint32Array `[n]`. Not retained.
   * @param dedup    what repeated tuples do.
   * @param trace    receives what happened at each position.
   * @throws {DetectorError} `token-out-of-range` naming the first position whose id is not below the vocabulary's size.
   * @throws {TypeError} if the scorer is closed.
   */
  score(tokenIds: Uint32Array, dedup: Dedup = 'context-token', trace?: ScoreTrace): Score {
    return this.scoreSegments([tokenIds], { dedup, ...(trace === undefined ? {} : { trace }) });
  }

  /**
   * Scores a document in several pieces: no context reaches from one to the next, and a tuple counts once in all of them.
   *
   * @param segments Uint32Arrays `[n]` each. Not retained.
   * @param options  `dedup` and `trace` as for {@link score}, positions counting through the segments; `onRun` receives the
   *   scored tuples as they are found.
   * @throws {DetectorError} as {@link score} does; positions count through the segments.
   */
  scoreSegments(segments: readonly Uint32Array[], options: SegmentOptions = {}): Score {
    // A document without a full context would not reach the word source, which refuses by itself.
    if (this.#closed) throw new TypeError('"detector" expected an open detector, got a closed one');
    const { dedup = 'context-token', trace, onRun } = options;
    const width = this.#wordSource.contextWidth;
    let total = 0;
    let contexts = 0;
    for (const segment of segments) {
      checkTokenIds(segment, this.#vocabSize, total);
      total += segment.length;
      contexts += Math.max(0, segment.length - width);
    }
    this.#tuples.reset(contexts);
    this.#evidence?.reset();
    let common = 0;
    let unkeyed = 0;
    let scored = 0;
    let sum = 0;
    let offset = 0;
    for (const segment of segments) {
      for (let start = 0; start < segment.length - width; start += RUN) {
        const end = Math.min(start + RUN, segment.length - width);
        const run = segment.subarray(start, end + width);
        const headers = this.#headers.subarray(0, HEADER_WORDS * (end - start));
        this.#wordSource.sequenceHeaders(run, headers);
        const listed = this.#listCommon(headers);
        const count = dedup === 'none' ? listed : this.#keepUnique(run, headers, listed);
        const positions = this.#positions.subarray(0, count);
        const words = this.#words.subarray(0, count);
        this.#wordSource.sequenceWords(run, positions, this.#symbols.subarray(0, count), words);
        sum += this.reading.sumScores(words, count);
        this.#evidence?.add(words, count);
        common += listed;
        unkeyed += this.#countUnkeyed(headers);
        scored += count;
        onRun?.({ tokenIds: run, contextWidth: width, headers, positions, words });
        if (trace !== undefined) this.#trace(trace, offset + start, headers, positions, words);
      }
      offset += segment.length;
    }
    // A long document's table is not kept.
    this.#tuples.reset(0);
    return {
      total,
      scored,
      duplicates: common - scored,
      otherSlots: contexts - common - unkeyed,
      withoutContext: total - contexts,
      unkeyed,
      sum,
    };
  }

  /**
   * Computes log10 of the e-value of the document scored last, 0 before any; undefined for another watermark's key, whose words
   * have no likelihood ratios.
   */
  log10EValue(): number | undefined {
    return this.#evidence?.log10EValue();
  }

  /** Overwrites the key; further calls throw. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#wordSource.close();
  }

  // Lists in #positions where a run has common slots; returns how many.
  #listCommon(headers: Uint32Array): number {
    const width = this.#wordSource.contextWidth;
    const commonLimit = this.#commonLimit;
    const positions = this.#positions;
    let count = 0;
    for (let at = 0, position = width; at < headers.length; at += HEADER_WORDS, position++) {
      positions[count] = position;
      if (headers[at]! < commonLimit) count++;
    }
    return count;
  }

  #countUnkeyed(headers: Uint32Array): number {
    const unkeyedSlot = this.#unkeyedSlot;
    let count = 0;
    if (unkeyedSlot >= 0) {
      for (let at = 0; at < headers.length; at += HEADER_WORDS) if (headers[at] === unkeyedSlot) count++;
    }
    return count;
  }

  // Keeps in #positions the tuples that are new; returns how many.
  #keepUnique(run: Uint32Array, headers: Uint32Array, listed: number): number {
    const width = this.#wordSource.contextWidth;
    const positions = this.#positions;
    const tuples = this.#tuples;
    let count = 0;
    for (let i = 0; i < listed; i++) {
      const position = positions[i]!;
      const at = HEADER_WORDS * (position - width);
      if (tuples.add(headers[at + 2]!, headers[at + 3]!, run[position]!)) positions[count++] = position;
    }
    return count;
  }

  #trace(
    trace: ScoreTrace,
    start: number,
    headers: Uint32Array,
    positions: Uint32Array,
    words: Uint32Array,
  ): void {
    const first = start + this.#wordSource.contextWidth;
    for (let i = 0; HEADER_WORDS * i < headers.length; i++) {
      const slot = headers[HEADER_WORDS * i]!;
      const other = slot === this.#unkeyedSlot ? UNKEYED : OTHER_SLOT;
      trace.statuses[first + i] = slot < this.#commonLimit ? DUPLICATE : other;
    }
    for (const [i, position] of positions.entries()) {
      trace.statuses[start + position] = SCORED;
      trace.words[start + position] = words[i]!;
    }
  }
}
