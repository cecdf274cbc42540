import type { SchemeParams } from '../params.ts';
import { createGreenList } from './green-list.ts';
import { createGumbel } from './gumbel.ts';
import type { Scheme } from './scheme.ts';
import { createTournament } from './tournament.ts';

/** Creates the scheme that checked parameters name. */
export function createScheme(params: SchemeParams): Scheme {
  switch (params.kind) {
    case 'gumbel':
      return createGumbel();
    case 'green-list':
      return createGreenList(params.gamma, params.delta);
    case 'tournament':
      return createTournament(params.depth);
  }
}
