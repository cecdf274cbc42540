import {
  createWordSource,
  HEADER_WORDS,
  type KeyedWordSource,
  slotLimits,
  type WatermarkKey,
} from '@countermark/watermark/scheme';
import type { Dedup } from '../scorer.ts';
import { checkTokenIds, toTokenIds } from '../token-ids.ts';
import { TupleSet } from '../tuple-set.ts';
import { EvidenceTally } from './evidence-tally.ts';
import { createWordBins } from './word-bins.ts';

/** How evidence is gathered. Fix all of it before looking at a token. */
export interface EvidenceOptions {
  /** False-positive rate of stopping at the first call with an e-value of 1/alpha or more; 0 < alpha < 1 (default 1e-6). */
  readonly alpha?: number;
  /** What repeated tuples do (default `context-token`). `none` makes the evidence false on repetitive text. */
  readonly dedup?: Dedup;
}

/** The evidence after a call of {@link Evidence.update}. */
export interface EvidenceState {
  /** log10 of the e-value of all tokens so far; 0 before any. */
  readonly log10EValue: number;
  /** Whether it was at least 1/alpha after this call or an earlier one. */
  readonly stopped: boolean;
  /** Unique common-slot tuples so far. */
  readonly scored: number;
  /** Tokens so far. */
  readonly total: number;
}

/** Evidence for one key's mark that grows with the tokens; holds the derived key until closed. */
export interface Evidence {
  /**
   * Adds the next tokens of a document.
   *
   * @param tokenIds token ids `[n]`; the first ones follow those of the call before. Not retained.
   * @throws {DetectorError} `token-out-of-range` naming the position; nothing was added then.
   * @throws {TypeError} if the evidence is closed.
   */
  update(tokenIds: ArrayLike<number>): EvidenceState;
  /** Starts another document: its first tokens have no context. Tuples that were scored stay so. */
  startDocument(): void;
  /** Overwrites the key; further updates throw. May be called twice. */
  close(): void;
}

// Tokens are read in runs of this many: bounds the buffers, not the result.
const RUN = 4096;

/**
 * Creates evidence that may be looked at after every token, and stopped at any time.
 *
 * H₀: the tokens were produced without access to the key. The e-value is a test martingale over unique common-slot tuples,
 * so P(it ever reaches 1/alpha) ≤ alpha, also where the next query is chosen by the evidence so far: docs/statistics.md.
 * Memory grows with the unique tuples, about 20 bytes each.
 *
 * @param key     whose mark.
 * @param options see {@link EvidenceOptions}.
 * @throws {RangeError} if an option is out of range.
 */
export function createEvidence(key: WatermarkKey, options: EvidenceOptions = {}): Evidence {
  const { alpha = 1e-6, dedup = 'context-token' } = options;
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`"alpha" expected 0 < alpha < 1, got ${alpha}`);
  if (dedup !== 'context-token' && dedup !== 'none') {
    throw new RangeError(`"dedup" expected context-token or none, got ${String(dedup)}`);
  }
  const { params } = key;
  const schemeKey = key.schemeKey();
  const words = createWordSource(schemeKey, params.contextWidth);
  schemeKey.fill(0);
  const reader = new TupleReader(words, slotLimits(params).commonLimit, dedup);
  const tally = new EvidenceTally(createWordBins(params.scheme));
  let stopped = false;
  let scored = 0;
  let total = 0;

  return {
    update(tokenIds) {
      const ids = toTokenIds(tokenIds);
      checkTokenIds(ids, params.tokenizer.vocabSize);
      for (let start = 0; start < ids.length || start === 0; start += RUN) {
        const run = reader.read(ids.subarray(start, start + RUN));
        tally.add(run, run.length);
        scored += run.length;
      }
      total += ids.length;
      const log10EValue = tally.log10EValue();
      stopped ||= log10EValue >= -Math.log10(alpha);
      return { log10EValue, stopped, scored, total };
    },
    startDocument() {
      reader.startDocument();
    },
    close() {
      words.close();
    },
  };
}

/** Reads the words of new tuples, keeping the context from one run to the next. */
class TupleReader {
  readonly #wordSource: KeyedWordSource;
  readonly #commonLimit: number;
  readonly #dedup: Dedup;
  readonly #tuples = new TupleSet();
  #context = new Uint32Array(0);

  constructor(wordSource: KeyedWordSource, commonLimit: number, dedup: Dedup) {
    this.#wordSource = wordSource;
    this.#commonLimit = commonLimit;
    this.#dedup = dedup;
  }

  startDocument(): void {
    this.#context = new Uint32Array(0);
  }

  /** Returns the words of the run's tuples that are in common slots and new. */
  read(tokenIds: Uint32Array): Uint32Array {
    const width = this.#wordSource.contextWidth;
    const sequence = new Uint32Array(this.#context.length + tokenIds.length);
    sequence.set(this.#context);
    sequence.set(tokenIds, this.#context.length);
    const headers = new Uint32Array(HEADER_WORDS * Math.max(0, sequence.length - width));
    this.#wordSource.sequenceHeaders(sequence, headers);
    const positions: number[] = [];
    for (let at = 0, position = width; at < headers.length; at += HEADER_WORDS, position++) {
      if (headers[at]! >= this.#commonLimit) continue;
      const isNew = this.#tuples.add(headers[at + 2]!, headers[at + 3]!, sequence[position]!);
      if (isNew || this.#dedup === 'none') positions.push(position);
    }
    const words = new Uint32Array(positions.length);
    const symbols = new Uint8Array(positions.length);
    this.#wordSource.sequenceWords(sequence, Uint32Array.from(positions), symbols, words);
    this.#context = sequence.slice(Math.max(0, sequence.length - width));
    return words;
  }
}
