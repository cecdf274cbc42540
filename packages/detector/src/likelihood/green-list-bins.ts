import { TWO_32 } from '@countermark/watermark/scheme';
import type { WordBins } from './word-bins.ts';

/**
 * Creates the bins of the `green-list` scheme: not green, and green.
 *
 * A marked token is green with at most γe^δ / (1 − γ + γe^δ), which a model of unbounded entropy reaches (Jensen's
 * inequality). Less entropy and less marked text both shrink the lift, so the grid of shares is the prior over both.
 *
 * @param gamma green fraction of the vocabulary.
 * @param delta bias of green tokens, nats.
 */
export function createGreenListBins(gamma: number, delta: number): WordBins {
  const greenLimit = Math.floor(gamma * TWO_32);
  const odds = (greenLimit / (TWO_32 - greenLimit)) * Math.exp(delta);
  return {
    bins: 2,
    binOf: (word) => (word < greenLimit ? 1 : 0),
    wordCounts: () => Float64Array.of(TWO_32 - greenLimit, greenLimit),
    scores: () => Int32Array.of(0, 1),
    markedLaws: () => [Float64Array.of(1 / (1 + odds), odds / (1 + odds))],
  };
}
