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
import { DetectorError } from '../errors.ts';
import { TOKEN_STATUSES } from '../scorer.ts';
import type { TupleSet } from '../tuple-set.ts';
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
export interface AccountScoreTrace {
  /** Uint8Array `[n]`, indices into {@link TOKEN_STATUSES}; starts as zeros. Overwritten. */
  readonly statuses: Uint8Array;
  /**
   * Receives each scored token in the order of the document, before its tuple is added.
   *
   * @param position     where the token stands.
   * @param codePosition position of the code that its context carries.
   * @param scores       Float64Array `[16]`, its integer score under each symbol. Overwritten by the next.
   */
  onScored(position: number, codePosition: number, scores: Float64Array): void;
}

/** What {@link AccountScorer.add} does beside filling a table. */
export interface AccountScoreOptions {
  /** The table and set of all documents, if they are wanted. */
  readonly pool?: TupleTable;
  /** What the document's tokens weigh: a tuple then scores its log-likelihood ratio, once for each context. */
  readonly weights?: TokenWeights | undefined;
  /** Where the document's turns start, ascending from 0 (default one turn): no context reaches from one to the next. */
  readonly starts?: readonly number[] | undefined;
  /** Receives what happened at each position. */
  readonly trace?: AccountScoreTrace;
}

const OTHER_SLOT = TOKEN_STATUSES.indexOf('other-slot');
const DUPLICATE = TOKEN_STATUSES.indexOf('duplicate');
const SCORED = TOKEN_STATUSES.indexOf('scored');

// Headers are computed in runs of this many positions, and blocks in batches: bounds the memory, not the result.
const RUN = 8192;
const BATCH = 512;

/** Scores documents under one key; holds its derived key and about 300 kB of buffers until closed. */
export class AccountScorer {
  /** The scheme whose scores are summed. */
  readonly scheme: Scheme;
  readonly #vocabSize: number;
  readonly #limits: SlotLimits;
  readonly #positionMask: number;
  readonly #wordSource: KeyedWordSource;
  readonly #headers = new Uint32Array(HEADER_WORDS * RUN);
  readonly #words = new Uint32Array(SYMBOLS * BATCH);
  readonly #scores = new Float64Array(SYMBOLS);

  constructor(key: WatermarkKey) {
    const { params } = key;
    this.scheme = createScheme(params.scheme);
    this.#vocabSize = params.tokenizer.vocabSize;
    this.#limits = slotLimits(params);
    // The code's length is a power of two.
    this.#positionMask = params.codeLength - 1;
    const schemeKey = key.schemeKey();
    this.#wordSource = createWordSource(schemeKey, params.contextWidth);
    schemeKey.fill(0);
  }

  /**
   * Adds a document's unique account-slot tuples to its own table, and those new to the pool to the pool's.
   *
   * @param tokenIds Uint32Array `[n]`. Not retained.
   * @param own      its table and set, empty for a document by itself.
   * @param options  see {@link AccountScoreOptions}.
   * @returns the document's counts, and how many of its tuples the pool has gained.
   * @throws {DetectorError} `token-out-of-range` naming the first position whose id is not below the vocabulary's size.
   */
  add(
    tokenIds: Uint32Array,
    own: TupleTable,
    options: AccountScoreOptions = {},
  ): AccountTokens & { readonly pooled: number } {
    this.#checkRange(tokenIds);
    const { pool, weights, trace, starts = [0] } = options;
    const width = this.#wordSource.contextWidth;
    const fresh = weights === undefined ? undefined : freshContexts(tokenIds, width);
    const turns = starts.map((from, i) => ({
      from,
      to: Math.max(from, (starts[i + 1] ?? tokenIds.length) - width),
    }));
    const contexts = turns.reduce((sum, { from, to }) => sum + to - from, 0);
    const runs = turns.flatMap(({ from, to }) =>
      Array.from({ length: Math.ceil((to - from) / RUN) }, (_, run) => ({
        start: from + RUN * run,
        end: Math.min(from + RUN * (run + 1), to),
      })),
    );
    let inSlots = 0;
    let scored = 0;
    let pooled = 0;
    for (const { start, end } of runs) {
      const run = tokenIds.subarray(start, end + width);
      const headers = this.#headers.subarray(0, HEADER_WORDS * (end - start));
      this.#wordSource.sequenceHeaders(run, headers);
      const unique: number[] = [];
      const ofRun = weights && { ...weights, classes: weights.classes.subarray(start) };
      for (let i = 0; i < end - start; i++) {
        const slot = headers[HEADER_WORDS * i]!;
        const isInSlot = slot >= this.#limits.commonLimit && slot < this.#limits.accountLimit;
        if (trace !== undefined) trace.statuses[start + i + width] = isInSlot ? DUPLICATE : OTHER_SLOT;
        if (!isInSlot) continue;
        inSlots++;
        if (fresh?.[start + i + width] === 0) continue;
        if (addTuple(own.tuples, headers, i, run[i + width]!)) unique.push(i);
      }
      if (trace !== undefined) for (const i of unique) trace.statuses[start + i + width] = SCORED;
      scored += unique.length;
      for (let from = 0; from < unique.length; from += BATCH) {
        pooled += this.#addBatch(
          run,
          headers,
          unique.slice(from, from + BATCH),
          own.table,
          pool,
          ofRun,
          (i, codePosition, scores) => trace?.onScored(start + i + width, codePosition, scores),
        );
      }
    }
    const counts = { total: tokenIds.length, scored, duplicates: inSlots - scored };
    return { ...counts, otherSlots: contexts - inSlots, withoutContext: tokenIds.length - contexts, pooled };
  }

  /** Overwrites the key. May be called twice. */
  close(): void {
    this.#wordSource.close();
  }

  // Returns how many tuples the pool has gained.
  #addBatch(
    run: Uint32Array,
    headers: Uint32Array,
    indices: readonly number[],
    table: AccountTable,
    pool: TupleTable | undefined,
    weights: TokenWeights | undefined,
    onScored: AccountScoreTrace['onScored'],
  ): number {
    const width = this.#wordSource.contextWidth;
    const words = this.#words.subarray(0, SYMBOLS * indices.length);
    this.#wordSource.sequenceSymbols(
      run,
      Uint32Array.from(indices, (i) => i + width),
      words,
    );
    const scores = this.#scores;
    let pooled = 0;
    for (const [at, i] of indices.entries()) {
      for (let s = 0; s < SYMBOLS; s++) {
        const word = words[SYMBOLS * at + s]!;
        scores[s] = weights?.scores.score(weights.classes[i + width]!, word) ?? this.scheme.score(word);
      }
      const position = headers[HEADER_WORDS * i + 1]! & this.#positionMask;
      onScored(i, position, scores);
      table.add(position, scores);
      if (pool === undefined || !addTuple(pool.tuples, headers, i, run[i + width]!)) continue;
      pool.table.add(position, scores);
      pooled++;
    }
    return pooled;
  }

  #checkRange(tokenIds: Uint32Array): void {
    const at = tokenIds.findIndex((tokenId) => tokenId >= this.#vocabSize);
    if (at < 0) return;
    throw new DetectorError(
      'token-out-of-range',
      `token id ${tokenIds[at]} at position ${at} is not below the vocabulary's size ${this.#vocabSize}`,
    );
  }
}

function addTuple(tuples: TupleSet, headers: Uint32Array, i: number, tokenId: number): boolean {
  return tuples.add(headers[HEADER_WORDS * i + 2]!, headers[HEADER_WORDS * i + 3]!, tokenId);
}
