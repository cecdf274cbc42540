import type { WatermarkKey } from '@countermark/watermark/scheme';
import { createWordBins } from '../likelihood/create-word-bins.ts';
import { EvidenceTally } from '../likelihood/evidence-tally.ts';
import { checkTokenIds, toTokenIds } from '../read/token-ids.ts';
import type { Dedup } from '../score/scorer.ts';
import { TupleSet } from '../score/tuple-set.ts';
import { TupleWalk } from '../score/tuple-walk.ts';

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
  const { source, commonLimit } = key.openScoring();
  const reader = new TupleReader(new TupleWalk(source, key.vocabSize), commonLimit, dedup);
  const tally = new EvidenceTally(createWordBins(params.scheme));
  let closed = false;
  let stopped = false;
  let scored = 0;
  let total = 0;

  return {
    update(tokenIds) {
      // Too few tokens for a context would not reach the word source, which refuses by itself.
      if (closed) throw new TypeError('"evidence" expected open evidence, got closed evidence');
      const ids = toTokenIds(tokenIds);
      checkTokenIds(ids, key.vocabSize);
      for (const found of reader.read(ids)) {
        tally.add(found, found.length);
        scored += found.length;
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
      closed = true;
      source.close();
    },
  };
}

/** Reads the words of new tuples, keeping the context from one call to the next. */
class TupleReader {
  readonly #walk: TupleWalk;
  readonly #commonLimit: number;
  readonly #dedup: Dedup;
  readonly #tuples = new TupleSet();
  #context = new Uint32Array(0);

  constructor(walk: TupleWalk, commonLimit: number, dedup: Dedup) {
    this.#walk = walk;
    this.#commonLimit = commonLimit;
    this.#dedup = dedup;
  }

  startDocument(): void {
    this.#context = new Uint32Array(0);
  }

  /** Yields the words of the tokens' tuples that are in common slots and new, a run at a time. */
  *read(tokenIds: Uint32Array): Generator<Uint32Array, void, void> {
    const walk = this.#walk;
    const sequence = new Uint32Array(this.#context.length + tokenIds.length);
    sequence.set(this.#context);
    sequence.set(tokenIds, this.#context.length);
    for (const run of walk.runs([sequence])) {
      const listed = walk.inSlots(run, 0, this.#commonLimit);
      yield walk.words(run, this.#dedup === 'none' ? listed : walk.keepNew(run, listed, this.#tuples));
    }
    this.#context = sequence.slice(Math.max(0, sequence.length - walk.contextWidth));
  }
}
