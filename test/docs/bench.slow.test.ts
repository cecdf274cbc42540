/** The benchmark's own command line. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../bench/dist/main.js', import.meta.url));

describe('the benchmark', () => {
  it.each([
    ['a name that no group has', ['--only', 'servings']],
    ['no name', ['--only']],
    ['an option in place of a name', ['--only', '--json']],
  ])('measures nothing where --only has %s, and says which there are', (_, args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/--only expected one of .*\bserving\b.*\bsamplingService\b/);
  });
});
