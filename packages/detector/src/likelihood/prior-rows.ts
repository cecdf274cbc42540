import { NEXT_TOKEN_ROWS, type NextTokenRow } from './next-token-table.ts';

/** The settings that the priors of evidence are measured at: low and full entropy. */
const PRIOR_SETTINGS: readonly string[] = ['temperature 0.5, top-p 0.9', 'temperature 1'];

/** Returns the rows of the next-token table that serve as priors. */
export function priorRows(): readonly NextTokenRow[] {
  return NEXT_TOKEN_ROWS.filter(({ setting }) => PRIOR_SETTINGS.includes(setting));
}
