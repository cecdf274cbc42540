import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';
import { killScans, partsIn, undisturbedTime } from './kills.ts';
import { isTemporary, RESULT, resultOf, scanArgs, writeCorpus } from './runs.ts';

const FILES = 24;
const KILLS = 50;

const directory = makeDirectory();
const corpus = writeCorpus(directory, { files: FILES, documents: 5, tokens: 150, marked: 2 });
const undisturbed = join(directory, 'undisturbed');
const scan = (out: string): string[] => scanArgs(corpus, out, '--threads', '2');

describe('a scan that is killed', () => {
  it(`gives the same bytes after ${KILLS} kills -9 at random moments`, async () => {
    const undisturbedMs = await undisturbedTime(scan(undisturbed));
    const { outs, parts } = await killScans({ scan, directory, kills: KILLS, undisturbedMs });
    expect(parts).toHaveLength(KILLS);
    expect(parts.filter((count) => count > 0 && count < FILES).length).toBeGreaterThan(0);
    for (const out of outs) {
      expect(resultOf(out)).toEqual(resultOf(undisturbed));
      expect(partsIn(out)).toEqual(partsIn(undisturbed));
      const others = readdirSync(out).filter((name) => !isTemporary(name));
      expect(others.sort()).toEqual(['manifest.json', 'parts', ...RESULT].sort());
    }
  });
});
