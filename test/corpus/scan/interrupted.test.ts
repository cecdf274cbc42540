import { once } from 'node:events';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { seededRandom } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run, start } from '../../cli/command.ts';
import { makeDirectory } from '../../cli/fixtures.ts';
import { isTemporary, RESULT, resultOf, scanArgs, succeed, writeCorpus } from './runs.ts';

const directory = makeDirectory();
const corpus = writeCorpus(directory, { files: 24, documents: 5, tokens: 150, marked: 2 });
const undisturbed = join(directory, 'undisturbed');
const scan = (out: string, ...more: string[]): string[] => scanArgs(corpus, out, '--threads', '2', ...more);
let whole: Record<string, string>;

beforeAll(async () => {
  await succeed(scan(undisturbed));
  whole = resultOf(undisturbed);
}, PATIENCE_MS);

function partsIn(out: string): string[] {
  return readdirSync(join(out, 'parts')).filter((name) => !isTemporary(name));
}

describe('a scan that is killed', () => {
  // Two scans at a time: most of a short run is the start of its process.
  it(
    'gives the same bytes after 50 kills -9 at random moments',
    async () => {
      const lanes = await Promise.all(
        [0, 1].map(async (lane) => {
          const random = seededRandom(`kill ${lane}`);
          const out = join(directory, `killed-${lane}`);
          const statuses: number[] = [];
          for (let kill = 0; kill < 25; kill++) {
            const { child, ended } = start(scan(out));
            // Its first line says that it is about to begin.
            await once(child.stderr as NodeJS.ReadableStream, 'data');
            await setTimeout(400 * random());
            child.kill('SIGKILL');
            statuses.push((await ended).status);
          }
          await succeed(scan(out));
          return { out, statuses };
        }),
      );
      for (const { out, statuses } of lanes) {
        expect(statuses.filter((status) => status === 137).length).toBeGreaterThan(0);
        expect(statuses.filter((status) => status !== 137 && status !== 0)).toEqual([]);
        expect(resultOf(out)).toEqual(whole);
        expect(partsIn(out)).toEqual(partsIn(undisturbed));
        const others = readdirSync(out).filter((name) => !isTemporary(name));
        expect(others.sort()).toEqual(['manifest.json', 'parts', ...RESULT].sort());
      }
    },
    PATIENCE_MS,
  );

  it('leaves temporary files that a later scan passes over, and removes after a day', async () => {
    const out = join(directory, 'left');
    mkdirSync(join(out, 'parts'), { recursive: true });
    const young = join(out, 'parts', '.part-000001.cmp.0123456789ab.tmp');
    const old = join(out, 'parts', '.part-000000.cmp.0123456789ab.tmp');
    const result = join(out, '.summary.json.0123456789ab.tmp');
    const foreign = join(out, 'notes.tmp');
    const before = new Date(Date.now() - 2 * 86_400_000);
    for (const path of [young, old, result, foreign]) writeFileSync(path, 'half a part');
    for (const path of [old, result, foreign]) utimesSync(path, before, before);
    await succeed(scan(out));
    expect(resultOf(out)).toEqual(whole);
    expect(readdirSync(join(out, 'parts')).filter(isTemporary)).toEqual([
      '.part-000001.cmp.0123456789ab.tmp',
    ]);
    expect(readdirSync(out).sort()).toEqual(['manifest.json', 'notes.tmp', 'parts', ...RESULT].sort());
  });
});

describe('Ctrl-C', () => {
  it('ends a scan with status 130, and the next goes on with what is missing', async () => {
    const out = join(directory, 'interrupted');
    const { child, ended } = start(scan(out));
    for (;;) {
      await setTimeout(5);
      if (child.exitCode !== null) break;
      try {
        if (partsIn(out).length > 0) break;
      } catch {
        // Not begun yet.
      }
    }
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
    const done = partsIn(out).length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(24);
    const { stderr } = await succeed(scan(out));
    expect(stderr).toMatch(new RegExp(`^${done} of 24 shards (is|are) done already$`, 'm'));
    expect(resultOf(out)).toEqual(whole);
  });
});

describe('two processes at the same scan', () => {
  it('both succeed, and give the bytes of one', async () => {
    const out = join(directory, 'raced');
    const both = await Promise.all([run(scan(out)), run(scan(out))]);
    expect(both.map(({ status, stderr }) => (status === 0 ? 0 : stderr))).toEqual([0, 0]);
    expect(both[0]?.stdout).toBe(both[1]?.stdout);
    expect(resultOf(out)).toEqual(whole);
    expect(readdirSync(join(out, 'parts')).filter(isTemporary)).toEqual([]);
  });
});
