import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, endOf, PATIENCE_MS } from '../../cli/command.ts';
import { makeDirectory } from '../../cli/fixtures.ts';
import { resultOf, scanArgs, succeed, writeCorpus } from './runs.ts';

const directory = makeDirectory();
const DISK = 4 * 2 ** 20;
const PAGE = 4096;

// In a user's own mount namespace, where the system grants one.
const namespace = ['--user', '--map-root-user', '--mount'];
const grants = spawnSync('unshare', [...namespace, 'mount', '-t', 'tmpfs', 'tmpfs', directory]).status === 0;

// $1 is what fills the disk first; what is left is for the parts, or for the parts and some of the result.
const ON_FULL_DISK = `
mount -t tmpfs -o size=${DISK} tmpfs out && cd "$PWD" || exit
filler=$1; shift
head -c "$filler" /dev/zero > out/filler
"$@"; echo "status $?"
ls -A out out/parts | grep -v '^$'
rm out/filler
"$@" > /dev/null 2> /dev/null; echo "status $?"
cp out/documents.parquet out/summary.json out/report.html kept
`;

describe.skipIf(!grants)('a scan on a full disk (needs unshare and tmpfs)', () => {
  const corpus = writeCorpus(directory, { files: 6, documents: 6, tokens: 800 });
  const whole = join(directory, 'whole');

  let partsBytes = 0;

  beforeAll(async () => {
    await succeed(scanArgs(corpus, whole));
    partsBytes = readdirSync(join(whole, 'parts')).reduce(
      (sum, name) => sum + PAGE * Math.ceil(statSync(join(whole, 'parts', name)).size / PAGE),
      0,
    );
  }, PATIENCE_MS);

  it.each([
    ['while parts are made', () => partsBytes / 2, /^part-\d{6}\.cmp$/],
    [
      'while its result is written',
      () => partsBytes + 4 * PAGE,
      /^(documents\.parquet|summary\.json|report\.html)$/,
    ],
  ])(
    'ends with status 74 %s, leaves nothing in part, and goes on once there is space',
    async (name, left, at) => {
      const cwd = join(directory, name.replaceAll(' ', '-'));
      for (const folder of ['out', 'kept']) mkdirSync(join(cwd, folder), { recursive: true });
      const args = [process.execPath, COMMAND, ...scanArgs(corpus, 'out', '--threads', '1')];
      const shell = spawn(
        'unshare',
        [...namespace, 'bash', '-c', ON_FULL_DISK, 'bash', `${DISK - left()}`, ...args],
        { cwd },
      );
      const { stdout, stderr } = await endOf(shell);
      const [, file = ''] =
        /\ncountermark: out\/(?:parts\/)?(\S+): no space left on the disk\n$/.exec(stderr) ?? [];
      expect(file, stderr).toMatch(at);
      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).toBe('status 74');
      expect(lines.at(-1)).toBe('status 0');
      expect(lines.filter((line) => line.endsWith('.tmp') || line === file)).toEqual([]);
      expect(resultOf(join(cwd, 'kept'))).toEqual(resultOf(whole));
    },
  );
});
