/** Scores the account-slot tuples of documents under every symbol: docs/statistics.md, "Which account". */
import {
  createScheme,
  createWordSource,
  HEADER_WORDS,
  type KeyedWordSource,
  type Scheme,
  type SlotLimits,
  slotLimits,
  type WatermarkKey,
} from '@countermark/watermark/scheme';
import { TOKEN_STATUSES } from '../score/scorer.ts';
import type { TupleSet } from '../score/tuple-set.ts';
import { type TupleRun, TupleWalk } from '../score/tuple-walk.ts';
import { freshContexts } from '../weights/fresh-contexts.ts';
import type { TokenWeights } from '../weights/token-weights.ts';
import { type AccountTable, SYMBOLS } from './account-table.ts';

/** What became of a document's tokens. */
export interface AccountTokens {
  /** Tokens in the document. */
  readonly total: number;
  /** Unique account-slot tuples: what the table sums over. */
  readonly scored: number;
  /** Account-slot tokens whose tuple occurred earlier; where tokens have weights, whose context did. */
  readonly duplicates: number;
  /** Tokens whose context carries the common mark or nothing. */
  readonly otherSlots: number;
  /** First tokens, with fewer than h before them. */
  readonly withoutContext: number;
}

/** A table with the tuples that it already counts. */
export interface TupleTable {
  readonly table: AccountTable;
  readonly tuples: TupleSet;
}

/** Where {@link AccountScorer.add} leaves what it found at each position, if asked to. */
interface AccountScoreRecord {
  /** Uint8Array `[n]`, indices into {@link TOKEN_STATUSES}; starts as zeros. Overwritten. */
  readonly statuses: Uint8Array;
  /**
   * Receives each scored token in the order of the document, before its tuple is added.
   *
   * @param position     where the token stands.
   * @param codePosition position of the code that its context carries.
   * @param scores       Float64Array `[16]`, its integer score under each symbol. Overwritten by the next.
   * @param words        Uint32Array `[16]`, its word under each symbol. Overwritten by the next.
   */
  onScored(position: number, codePosition: number, scores: Float64Array, words: Uint32Array): void;
}

/** What {@link AccountScorer.add} does beside filling a table. */
export interface AccountScoreOptions {
  /** The table and set of all documents, if they are wanted. */
  readonly pool?: TupleTable;
  /** What the document's tokens weigh: a tuple then scores its log-likelihood ratio, once for each context. */
  readonly weights?: TokenWeights | undefined;
  /** Receives what happened at each position. */
  readonly trace?: AccountScoreRecord;
}

const OTHER_SLOT = TOKEN_STATUSES.indexOf('other-slot');
const DUPLICATE = TOKEN_STATUSES.indexOf('duplicate');
const SCORED = TOKEN_STATUSES.indexOf('scored');

// Words under all symbols are computed in batches of this many tuples: bounds the memory, not the result.
const BATCH = 512;

/** Scores documents under one key; holds its derived key and about 300 kB of buffers until closed. */
export class AccountScorer {
  /** The scheme whose scores are summed. */
  readonly scheme: Scheme;
  readonly #limits: SlotLimits;
  readonly #positionMask: number;
  readonly #wordSource: KeyedWordSource;
  readonly #walk: TupleWalk;
  readonly #words = new Uint32Array(SYMBOLS * BATCH);
  readonly #scores = new Float64Array(SYMBOLS);

  constructor(key: WatermarkKey) {
    const { params } = key;
    this.scheme = createScheme(params.scheme);
    this.#limits = slotLimits(params);
    // The code's length is a power of two.
    this.#positionMask = params.codeLength - 1;
    const schemeKey = key.schemeKey();
    this.#wordSource = createWordSource(schemeKey, params.contextWidth);
    schemeKey.fill(0);
    this.#walk = new TupleWalk(this.#wordSource, params.tokenizer.vocabSize);
  }

  /**
   * Adds a document's unique account-slot tuples to its own table, and those new to the pool to the pool's.
   *
   * @param segments Uint32Arrays `[n]` each; no context reaches from one to the next. Not retained.
   * @param own      its table and set, empty for a document by itself.
   * @param options  see {@link AccountScoreOptions}.
   * @returns the document's counts, and how many of its tuples the pool has gained.
   * @throws {DetectorError} `token-out-of-range` naming the first position whose id is not below the vocabulary's size.
   */
  add(
    segments: readonly Uint32Array[],
    own: TupleTable,
    options: AccountScoreOptions = {},
  ): AccountTokens & { readonly pooled: number } {
    const { weights, trace } = options;
    const walk = this.#walk;
    const width = walk.contextWidth;
    const { commonLimit, accountLimit } = this.#limits;
    const fresh = weights === undefined ? undefined : freshContexts(segments, width);
    const total = segments.reduce((sum, { length }) => sum + length, 0);
    const contexts = walk.contexts(segments);
    let inSlots = 0;
    let scored = 0;
    let pooled = 0;
    for (const run of walk.runs(segments)) {
      const listed = walk.inSlots(run, commonLimit, accountLimit);
      inSlots += listed.length;
      if (trace !== undefined) {
        trace.statuses.fill(OTHER_SLOT, run.offset + width, run.offset + run.tokenIds.length);
        for (const position of listed) trace.statuses[run.offset + position] = DUPLICATE;
      }
      const open =
        fresh === undefined ? listed : listed.filter((position) => fresh[run.offset + position] === 1);
      const unique = walk.keepNew(run, open, own.tuples);
      if (trace !== undefined) for (const position of unique) trace.statuses[run.offset + position] = SCORED;
      scored += unique.length;
      for (let from = 0; from < unique.length; from += BATCH) {
        pooled += this.#addBatch(run, unique.slice(from, from + BATCH), own.table, options);
      }
    }
    const counts = { total, scored, duplicates: inSlots - scored };
    return { ...counts, otherSlots: contexts - inSlots, withoutContext: total - contexts, pooled };
  }

  /** Overwrites the key. May be called twice. */
  close(): void {
    this.#wordSource.close();
  }

  // Returns how many tuples the pool has gained.
  #addBatch(
    run: TupleRun,
    positions: Uint32Array,
    table: AccountTable,
    { pool, weights, trace }: AccountScoreOptions,
  ): number {
    const { tokenIds, headers, offset } = run;
    const width = this.#walk.contextWidth;
    const words = this.#words.subarray(0, SYMBOLS * positions.length);
    this.#wordSource.sequenceSymbols(tokenIds, positions, words);
    const scores = this.#scores;
    let pooled = 0;
    for (const [i, position] of positions.entries()) {
      for (let s = 0; s < SYMBOLS; s++) {
        const word = words[SYMBOLS * i + s]!;
        scores[s] =
          weights?.scores.score(weights.classes[offset + position]!, word) ?? this.scheme.score(word);
      }
      const codePosition = headers[HEADER_WORDS * (position - width) + 1]! & this.#positionMask;
      trace?.onScored(
        offset + position,
        codePosition,
        scores,
        words.subarray(SYMBOLS * i, SYMBOLS * (i + 1)),
      );
      table.add(codePosition, scores);
      if (pool === undefined) continue;
      if (this.#walk.keepNew(run, Uint32Array.of(position), pool.tuples).length === 0) continue;
      pool.table.add(codePosition, scores);
      pooled++;
    }
    return pooled;
  }
}
