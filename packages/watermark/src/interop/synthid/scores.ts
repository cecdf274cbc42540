/**
 * SynthID-Text's masks and scores as its own detectors take them, to compare with: docs/interop.md.
 *
 * They count a repeated n-gram each time it comes back after a new context, and know no null law. A verdict belongs to the
 * detector's p-value.
 *
 * Source: `compute_context_repetition_mask` and `compute_eos_token_mask` of huggingface/transformers, `mean_score` and
 * `weighted_mean_score` of google-deepmind/synthid-text@addb4a1, src/synthid_text/detector_mean.py.
 */
import { ContextHistory } from './context-history.ts';
import { HF_INITIAL_HASH } from './hf.ts';
import { foldInteger } from './ngram-hash.ts';

/** How contexts are told apart. */
export interface ContextMaskOptions {
  /** Tokens that are hashed together, the scored one included: ≥ 2. */
  readonly ngramLength: number;
  /** Contexts that are remembered, ≥ 0. */
  readonly historySize: number;
  /** The hash of no tokens: 1, the default, for transformers. */
  readonly initialHash?: bigint;
}

/**
 * Marks the n-grams whose context is not among the last ones.
 *
 * @param tokenIds of a text `[n]`.
 * @returns Uint8Array `[n − ngramLength + 1]`: 1 where the context is new, 0 where it is repeated. Empty for shorter texts.
 */
export function contextRepetitionMask(tokenIds: ArrayLike<number>, options: ContextMaskOptions): Uint8Array {
  const { ngramLength, historySize, initialHash = HF_INITIAL_HASH } = options;
  const history = new ContextHistory(historySize);
  const mask = new Uint8Array(Math.max(tokenIds.length - ngramLength + 1, 0));
  const ids = Array.from(tokenIds, BigInt);
  for (let start = 0; start < mask.length; start++) {
    const context = ids.slice(start, start + ngramLength - 1);
    mask[start] = history.repeats(context.reduce(foldInteger, initialHash)) ? 0 : 1;
  }
  return mask;
}

/**
 * Marks the tokens before the first end of text.
 *
 * @returns Uint8Array `[n]`: 1 up to the first `eosTokenId`, 0 from it on.
 */
export function endOfTextMask(tokenIds: ArrayLike<number>, eosTokenId: number): Uint8Array {
  const end = Array.from(tokenIds).indexOf(eosTokenId);
  return new Uint8Array(tokenIds.length).fill(1, 0, end < 0 ? tokenIds.length : end);
}

/**
 * Returns the mean g-value of the n-grams that the mask leaves; undefined if there are none.
 *
 * @param words Uint32Array `[n]`, bit l being the g-value of layer l.
 * @param mask  Uint8Array `[n]`.
 * @param depth layers, 1…32.
 */
export function meanGValue(words: Uint32Array, mask: Uint8Array, depth: number): number | undefined {
  return weightedMean(words, mask, new Float64Array(depth).fill(1));
}

/** Returns the mean with weights that fall linearly from 10 to 1 over the layers; parameters as for {@link meanGValue}. */
export function weightedMeanGValue(words: Uint32Array, mask: Uint8Array, depth: number): number | undefined {
  const weights = Float64Array.from({ length: depth }, (_, layer) =>
    depth === 1 ? 1 : 10 - (9 * layer) / (depth - 1),
  );
  return weightedMean(words, mask, weights);
}

function weightedMean(words: Uint32Array, mask: Uint8Array, weights: Float64Array): number | undefined {
  if (mask.length !== words.length) {
    throw new RangeError(`"mask" expected length ${words.length}, got ${mask.length}`);
  }
  let sum = 0;
  let counted = 0;
  for (let i = 0; i < words.length; i++) {
    if (mask[i] === 0) continue;
    counted++;
    for (let layer = 0; layer < weights.length; layer++) sum += weights[layer]! * ((words[i]! >>> layer) & 1);
  }
  if (counted === 0) return undefined;
  return sum / (counted * weights.reduce((total, weight) => total + weight, 0));
}
