import { fileURLToPath } from 'node:url';

/** Where the templates are. */
export const TEMPLATES: string = fileURLToPath(new URL('../../../examples/cluster', import.meta.url));

/** Names a suite that may be skipped, and says why it is. */
export function named(suite: string, missing: string | undefined): string {
  return missing === undefined ? suite : `${suite} (skipped: ${missing})`;
}
