/** What a SynthID-Text word scores: the weighted mean of its g-values, in integers. */
import type { WordScore } from '../../scheme/scheme.ts';
import { tournamentWeights } from '../../scheme/tournament.ts';
import { type BitShare, weightedBitsScore } from '../../scheme/weighted-bits.ts';

/** How the bits of unmarked text are distributed. */
export interface BitLaw {
  /** For each layer the first one that draws the same bits, itself where there is none. */
  readonly layers: readonly number[];
  /** Share of ones, where it is not one half. */
  readonly share?: BitShare;
}

/**
 * Returns the reading: weights that fall linearly from 10 to 1 over the layers, as in the tournament scheme.
 *
 * Layers that draw the same bits are one layer to the null law, with the sum of their weights.
 */
export function createSynthIdScore({ layers, share }: BitLaw): WordScore {
  const weights = tournamentWeights(layers.length);
  const sums = new Map<number, number>();
  for (const [layer, first] of layers.entries()) {
    sums.set(first, (sums.get(first) ?? 0) + weights[layer]!);
  }
  const { score, sumScores } = weightedBitsScore(weights);
  return { ...weightedBitsScore(Uint32Array.from(sums.values()), share), score, sumScores };
}
