import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run, start } from '../../cli/command.ts';
import { makeDirectory } from '../../cli/fixtures.ts';
import { killScans, partsIn, undisturbedTime } from './kills.ts';
import { isTemporary, RESULT, resultOf, scanArgs, succeed, writeCorpus } from './runs.ts';

const directory = makeDirectory();
const corpus = writeCorpus(directory, { files: 24, documents: 5, tokens: 150, marked: 2 });
const undisturbed = join(directory, 'undisturbed');
const scan = (out: string): string[] => scanArgs(corpus, out, '--threads', '2');
let undisturbedMs: number;
let whole: Record<string, string>;

beforeAll(async () => {
  undisturbedMs = await undisturbedTime(scan(undisturbed));
  whole = resultOf(undisturbed);
}, PATIENCE_MS);

describe('a scan that is killed', () => {
  it('gives the same bytes after a few kills -9; many are in the slow suite', async () => {
    const { outs, parts } = await killScans({ scan, directory, kills: 3, undisturbedMs });
    expect(parts).toHaveLength(3);
    for (const out of outs) {
      expect(resultOf(out)).toEqual(whole);
      expect(partsIn(out)).toEqual(partsIn(undisturbed));
    }
  });

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
      if (partsIn(out).length > 0) break;
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
