import { createScheme, type SchemeParams } from '@countermark/watermark/scheme';
import { createGreenListBins } from './green-list-bins.ts';
import { createGumbelBins } from './gumbel-bins.ts';
import { createTournamentBins } from './tournament-bins.ts';

/**
 * How a word is read as evidence: the bin that it falls into, and how likely each bin is with and without a mark.
 *
 * A likelihood ratio of bins has mean 1 over the words exactly, since a bin's null probability is a count of words.
 */
export interface WordBins {
  /** Number of bins. */
  readonly bins: number;
  /** Returns the bin of a word in 0…2^32 − 1. */
  binOf(word: number): number;
  /** Computes how many of the 2^32 words fall into each bin, `[bins]`; exact integers that sum to 2^32. */
  wordCounts(): Float64Array;
  /** Computes for each prior how likely each bin is for a marked token, `[bins]`; each sums to 1 up to rounding. */
  markedLaws(): Float64Array[];
}

/** Bins by their scheme's parameters: an auditor's many keys share a few schemes, and their tables take a millisecond each. */
const created = new Map<string, WordBins>();
const MOST_CREATED = 16;

/**
 * Creates the bins of a scheme, or returns those created before: they hold nothing of a key or a text.
 *
 * The priors are the bundled model's next-token distributions at temperature 1 and at temperature 0.5 with top-p 0.9. For
 * a green list there is one: the most that its bias can do. Whatever the priors, the evidence is valid; they decide its power.
 *
 * @param params checked parameters.
 */
export function createWordBins(params: SchemeParams): WordBins {
  const name = JSON.stringify(params);
  const known = created.get(name);
  if (known !== undefined) return known;
  if (created.size >= MOST_CREATED) created.clear();
  const bins = binsOf(params);
  created.set(name, bins);
  return bins;
}

function binsOf(params: SchemeParams): WordBins {
  switch (params.kind) {
    case 'gumbel':
      return createGumbelBins();
    case 'green-list':
      return createGreenListBins(params.gamma, params.delta);
    case 'tournament':
      return createTournamentBins(params.depth, createScheme(params).score);
  }
}
