import { createScheme, type SchemeParams } from '@countermark/watermark/scheme';
import { createGreenListBins } from './green-list-bins.ts';
import { createGumbelBins } from './gumbel-bins.ts';
import { createTournamentBins } from './tournament-bins.ts';
import type { WordBins } from './word-bins.ts';

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
