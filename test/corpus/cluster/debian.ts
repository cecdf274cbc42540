/** Programs of Debian's that tests run for real. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where the templates are. */
export const TEMPLATES: string = fileURLToPath(new URL('../../../examples/cluster', import.meta.url));

/**
 * Sees whether a program can be run.
 *
 * Nothing is installed on a developer's machine; a continuous integration is there to test everything.
 *
 * @param probe    a command that succeeds where it can be.
 * @param packages what Debian calls it.
 * @returns why it cannot be, or undefined if it can.
 */
export function missingProgram(probe: readonly string[], packages: readonly string[]): string | undefined {
  const [program = '', ...args] = probe;
  const isThere = (): boolean => spawnSync(program, args).status === 0;
  if (isThere()) return undefined;
  if (process.env['CI'] === undefined || process.getuid?.() !== 0) return `${packages[0]} is not installed`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update']);
  spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], { env });
  return isThere() ? undefined : `apt-get could not install ${packages.join(' and ')}`;
}

/** Names a suite that may be skipped, and says why it is. */
export function named(suite: string, missing: string | undefined): string {
  return missing === undefined ? suite : `${suite} (skipped: ${missing})`;
}
