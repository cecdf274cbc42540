/** What a SynthID-Text word scores: the weighted mean of its g-values, in integers. */
import type { ScoreReading } from '../../scheme/scheme.ts';
import { createTournament } from '../../scheme/tournament.ts';

/** How the bits of unmarked text are distributed. */
export interface BitLaw {
  /** For each layer the first one that draws the same bits, itself where there is none. */
  readonly layers: readonly number[];
  /** Share of ones, where it is not one half. */
  readonly share?: { readonly ones: number; readonly of: number };
}

/**
 * Returns the reading: weights that fall linearly from 10 to 1 over the layers, as in the tournament scheme.
 *
 * Layers that draw the same bits are one layer to the null law, with the sum of their weights.
 */
export function createSynthIdReading({ layers, share }: BitLaw): ScoreReading {
  const scheme = createTournament(layers.length);
  const { nullLaw } = scheme;
  if (nullLaw.kind !== 'weighted-bits') throw new TypeError('"scheme" expected a law of weighted bits');
  const sums = new Map<number, number>();
  for (const [layer, first] of layers.entries()) {
    sums.set(first, (sums.get(first) ?? 0) + nullLaw.weights[layer]!);
  }
  const weights = Uint32Array.from(sums.values());
  const ones = share === undefined ? 1 / 2 : share.ones / share.of;
  return {
    nullLaw: { kind: 'weighted-bits', weights, ...(share === undefined ? {} : { share }) },
    nullMean: ones * weights.reduce((sum, weight) => sum + weight, 0),
    nullDeviation: Math.sqrt(ones * (1 - ones) * weights.reduce((sum, weight) => sum + weight ** 2, 0)),
    score: scheme.score,
    sumScores: scheme.sumScores,
  };
}
