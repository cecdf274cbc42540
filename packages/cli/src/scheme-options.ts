import type { SchemeParams } from '@countermark/watermark';
import { CommandError } from './command-error.ts';

/** The options that name a scheme. */
export interface SchemeOptions {
  readonly scheme: SchemeParams['kind'];
  readonly gamma?: number;
  readonly delta?: number;
  readonly depth?: number;
}

/**
 * Returns the scheme that the options name, with its defaults.
 *
 * @throws {CommandError} if an option belongs to another scheme.
 */
export function schemeParams({ scheme, gamma, delta, depth }: SchemeOptions): SchemeParams {
  const foreign = { gamma: 'green-list', delta: 'green-list', depth: 'tournament' };
  for (const [name, value] of Object.entries({ gamma, delta, depth })) {
    const owner = foreign[name as keyof typeof foreign];
    if (value !== undefined && owner !== scheme) {
      throw new CommandError(`--${name} belongs to --scheme ${owner}, not ${scheme}`);
    }
  }
  switch (scheme) {
    case 'gumbel':
      return { kind: scheme };
    case 'green-list':
      return { kind: scheme, gamma: gamma ?? 0.25, delta: delta ?? 2 };
    case 'tournament':
      return { kind: scheme, depth: depth ?? 30 };
  }
}
