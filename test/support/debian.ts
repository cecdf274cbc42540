/** Programs of Debian's that tests run for real. */
import { spawnSync } from 'node:child_process';

/**
 * Sees whether a program can be run, and lets a continuous integration install it.
 *
 * Nothing is installed on a developer's machine; a continuous integration is there to test everything.
 *
 * @param isThere  whether it can be run now.
 * @param packages what Debian calls it.
 * @returns why it cannot be, or undefined if it can.
 */
export function missingProgram(isThere: () => boolean, packages: readonly string[]): string | undefined {
  if (isThere()) return undefined;
  const names = packages.join(' and ');
  if (process.env['CI'] === undefined || process.getuid?.() !== 0) return `${names} not installed`;
  spawnSync('flock', ['/tmp/countermark-test-apt.lock', 'sh', '-c', INSTALL, 'sh', ...packages], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return isThere() ? undefined : `apt-get could not install ${names}`;
}

// Files of tests run beside each other: one installs at a time.
const INSTALL = 'apt-get update; apt-get install --yes --no-install-recommends "$@"';

/** Says whether a command succeeds. */
export function succeeds(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
