/**
 * The score of SynthID-Text's trained detector, from weights that its owner gives.
 *
 * Source: `BayesianDetectorModel` of huggingface/transformers, src/transformers/generation/watermarking.py.
 */

/** The trained numbers of a detector: `beta`, `delta` and `prior` of its state, without the leading axes of size 1. */
export interface BayesianWeights {
  /** `[depth]`. */
  readonly beta: ArrayLike<number>;
  /** `[depth][depth]`; only what stands below the diagonal is read. */
  readonly delta: ArrayLike<ArrayLike<number>>;
  /** Share of marked texts that the detector takes for granted, 0…1. */
  readonly prior: number;
}

const SMALLEST_PRIOR = 1e-5;
const SMALLEST_LIKELIHOOD = 1e-30;

/**
 * Returns the detector's posterior of a text, 0…1.
 *
 * A score, not a p-value: it says nothing about how often unmarked text reaches it, and moves with the prior and with the texts
 * that the weights were trained on. It takes unmarked bits for fair coins, which the table of transformers does not give.
 *
 * @param words   Uint32Array `[n]`, bit l being the g-value of layer l.
 * @param mask    Uint8Array `[n]`, 0 where an n-gram does not count.
 * @param weights of a detector for this depth.
 * @throws {RangeError} if a length differs.
 */
export function bayesianPosterior(words: Uint32Array, mask: Uint8Array, weights: BayesianWeights): number {
  const { beta, delta } = weights;
  const depth = beta.length;
  if (mask.length !== words.length) {
    throw new RangeError(`"mask" expected length ${words.length}, got ${mask.length}`);
  }
  if (delta.length !== depth) throw new RangeError(`"delta" expected length ${depth}, got ${delta.length}`);
  const rows = Array.from(delta, (row, layer) => {
    if (row.length !== depth) {
      throw new RangeError(`"delta[${layer}]" expected length ${depth}, got ${row.length}`);
    }
    return Float64Array.from(row);
  });
  const prior = Math.min(Math.max(weights.prior, SMALLEST_PRIOR), 1 - SMALLEST_PRIOR);
  let logOdds = Math.log(prior) - Math.log(1 - prior);
  for (let i = 0; i < words.length; i++) {
    if (mask[i] === 0) continue;
    const word = words[i]!;
    for (const [layer, row] of rows.entries()) {
      let logit = 0;
      for (let before = 0; before < layer; before++) logit += row[before]! * ((word >>> before) & 1);
      // How probable it is that the match of this layer was between two different tokens.
      const two = sigmoid(logit + beta[layer]!);
      const likelihood = 0.5 * ((((word >>> layer) & 1) + 0.5) * two + (1 - two));
      logOdds += Math.log(Math.max(likelihood, SMALLEST_LIKELIHOOD)) - Math.log(0.5);
    }
  }
  return sigmoid(logOdds);
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
