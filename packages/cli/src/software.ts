import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Returns the version of this command. */
export function commandVersion(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(file)).version;
}
