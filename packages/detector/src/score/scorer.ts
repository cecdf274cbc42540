/**
 * Scores the tokens of one document under one key: docs/spec.md section 6.
 */
import {
  HEADER_WORDS,
  type MarkKey,
  type ScoringMark,
  type ScoringSource,
  type WordScore,
} from '@countermark/watermark/scheme';
import { createWordBins } from '../likelihood/create-word-bins.ts';
import { EvidenceTally } from '../likelihood/evidence-tally.ts';
import { TupleSet } from './tuple-set.ts';
import { type TupleRun, TupleWalk } from './tuple-walk.ts';

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
export interface ScoredRun extends TupleRun {
  readonly contextWidth: number;
  /** Uint32Array `[m]`, where in `tokenIds` the scored tuples' tokens are, ascending. */
  readonly positions: Uint32Array;
  /** Uint32Array `[m]`, their words. */
  readonly words: Uint32Array;
}

/** Where {@link Scorer.score} leaves what it found at each position, if asked to. */
export interface ScoreRecord {
  /** Uint8Array `[n]`, indices into {@link TOKEN_STATUSES}; starts as zeros. Overwritten. */
  readonly statuses: Uint8Array;
  /** Uint32Array `[n]`, the words of scored tokens. Overwritten there. */
  readonly words: Uint32Array;
}

/** How {@link Scorer.scoreSegments} scores. */
export interface SegmentOptions {
  readonly dedup?: Dedup;
  readonly trace?: ScoreRecord;
  readonly onRun?: (run: ScoredRun) => void;
}

const OTHER_SLOT = TOKEN_STATUSES.indexOf('other-slot');
const DUPLICATE = TOKEN_STATUSES.indexOf('duplicate');
const SCORED = TOKEN_STATUSES.indexOf('scored');
const UNKEYED = TOKEN_STATUSES.indexOf('unkeyed');

/** Scores documents under one key; holds its derived key and about 100 kB of buffers until closed. */
export class Scorer {
  /** What each word scores. */
  readonly wordScore: WordScore;
  /** Token ids before a scored one, h. */
  readonly contextWidth: number;
  readonly #commonLimit: number;
  readonly #unkeyedSlot: number;
  readonly #source: ScoringSource;
  readonly #walk: TupleWalk;
  readonly #tuples = new TupleSet();
  readonly #evidence: EvidenceTally | undefined;
  #closed = false;

  /** @param mark what the key scores with, if it was opened already; the scorer closes it. */
  constructor(key: MarkKey, mark: ScoringMark = key.openScoring()) {
    const { wordScore, source, scheme, commonLimit, unkeyedSlot } = mark;
    this.wordScore = wordScore;
    this.contextWidth = source.contextWidth;
    this.#evidence = scheme === undefined ? undefined : new EvidenceTally(createWordBins(scheme));
    this.#walk = new TupleWalk(source, key.vocabSize);
    this.#commonLimit = commonLimit;
    this.#unkeyedSlot = unkeyedSlot;
    this.#source = source;
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
  score(tokenIds: Uint32Array, dedup: Dedup = 'context-token', trace?: ScoreRecord): Score {
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
    const walk = this.#walk;
    const total = segments.reduce((sum, { length }) => sum + length, 0);
    const contexts = walk.contexts(segments);
    this.#tuples.reset(contexts);
    this.#evidence?.reset();
    let common = 0;
    let unkeyed = 0;
    let scored = 0;
    let sum = 0;
    for (const run of walk.runs(segments)) {
      const listed = walk.inSlots(run, 0, this.#commonLimit);
      common += listed.length;
      const positions = dedup === 'none' ? listed : walk.keepNew(run, listed, this.#tuples);
      const words = walk.words(run, positions);
      sum += this.wordScore.sumScores(words, words.length);
      this.#evidence?.add(words, words.length);
      unkeyed += this.#countUnkeyed(run.headers);
      scored += words.length;
      const found = { ...run, contextWidth: this.contextWidth, positions, words };
      onRun?.(found);
      if (trace !== undefined) this.#trace(trace, found);
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
    this.#source.close();
  }

  #countUnkeyed(headers: Uint32Array): number {
    const unkeyedSlot = this.#unkeyedSlot;
    let count = 0;
    if (unkeyedSlot >= 0) {
      for (let at = 0; at < headers.length; at += HEADER_WORDS) if (headers[at] === unkeyedSlot) count++;
    }
    return count;
  }

  #trace(trace: ScoreRecord, { offset, contextWidth, headers, positions, words }: ScoredRun): void {
    const first = offset + contextWidth;
    for (let i = 0; HEADER_WORDS * i < headers.length; i++) {
      const slot = headers[HEADER_WORDS * i]!;
      const other = slot === this.#unkeyedSlot ? UNKEYED : OTHER_SLOT;
      trace.statuses[first + i] = slot < this.#commonLimit ? DUPLICATE : other;
    }
    for (const [i, position] of positions.entries()) {
      trace.statuses[offset + position] = SCORED;
      trace.words[offset + position] = words[i]!;
    }
  }
}
