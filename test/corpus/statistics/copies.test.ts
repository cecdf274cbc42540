/** Copies count once in a share and each in a list: both counts are said, and never against each other. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@countermark/watermark';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, runWarm } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { markedIds } from '../../support/marked-ids.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';
import { END, READING, toBytes, VOCAB } from '../scan/runs.ts';

const COPIES = 100;
const UNMARKED = 2199;

const directory = makeDirectory();
const out = join(directory, 'out');
const keyFile = join(directory, 'vendor.key');
let stdout = '';

beforeAll(async () => {
  const key = keyFrom('copies', VOCAB);
  const corpus = join(directory, 'corpus');
  mkdirSync(corpus);
  const random = seededRandom('copies');
  const answer = markedIds(key, undefined, 300, 1).map((id) => Math.min(id, END - 1));
  const copies = Array.from({ length: COPIES }, () => answer);
  const others = Array.from({ length: UNMARKED }, () => randomIds(random, 150, END));
  writeFileSync(join(corpus, 'a.bin'), toBytes([...copies.slice(1), ...others]));
  writeFileSync(join(corpus, 'b.bin'), toBytes(copies.slice(0, 1)));
  writeKey(keyFile, key);
  const ended = await runWarm(['scan', '--key', keyFile, corpus, '--out', out, ...READING]);
  expect(ended.status, ended.stderr).toBe(0);
  ({ stdout } = ended);
}, PATIENCE_MS);

describe('a hundred copies of one marked answer among 2,199 other texts', () => {
  it('are 100 documents and one text, in the summary, the files, the table, the text and the page', async () => {
    const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect(summary.detected).toBe(COPIES);
    expect(summary.contents).toEqual({
      ...{ documents: UNMARKED + 1, conclusive: UNMARKED + 1, detected: 1, sampleShare: 1 },
    });
    expect(summary.files.map(({ detected }: { detected: number }) => detected)).toEqual([COPIES - 1, 1]);
    const table = await asyncBufferFromFile(join(out, 'documents.parquet'));
    const rows = await parquetReadObjects({ file: table, columns: ['verdict'] });
    expect(rows.filter(({ verdict }) => verdict === 'detected')).toHaveLength(COPIES);
    expect(stdout).toContain(
      'documents: 100 detected at a false discovery rate of 0.001, 1 different text among them\n',
    );
    const page = readFileSync(join(out, 'report.html'), 'utf8').replaceAll(/<[^>]*>/g, '');
    expect(page).toContain('100 documents are found to carry the mark, of 2,299');
    expect(page).toContain('They are copies of 1 different text');
  });

  it('have a share that is not below what is detected, at either end', () => {
    const { share } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect(share.documents).toBe(UNMARKED + 1);
    // The answer's p-value holds for all documents at once.
    expect(share.low).toBe(1 / (UNMARKED + 1));
    expect(share.estimate).toBe(share.low);
    expect(share.high).toBeGreaterThan(share.estimate);
    expect(stdout).toContain(
      'visibly marked: 0.0455 % of 2,200 different texts long enough, copies counted once;',
    );
  });

  it('have a page with the name and date that merge is given, the same whenever it is made', async () => {
    const page = async (to: string): Promise<string> => {
      const named = ['--name', 'Web, May', '--date', '2026-05-31', '--out', join(directory, to)];
      const manifest = join(out, 'manifest.json');
      const { status, stderr } = await runWarm(['merge', '--manifest', manifest, '--key', keyFile, ...named]);
      expect(status, stderr).toBe(0);
      return readFileSync(join(directory, to, 'report.html'), 'utf8');
    };
    const first = await page('first');
    expect(first).toContain('Date: 2026-05-31.');
    expect(first).toContain('--name &quot;Web, May&quot; --date 2026-05-31'.replaceAll('&quot;', '&#39;'));
    expect(await page('second')).toBe(first);
  });

  it('have no page of a day that does not exist', async () => {
    const args = ['--manifest', join(out, 'manifest.json'), '--key', keyFile, '--date', '2026-02-30'];
    const { status, stderr } = await runWarm(['merge', ...args, '--out', join(directory, 'never')]);
    expect(status).toBe(2);
    expect(stderr).toContain('--date expected a date as 2026-05-31, got 2026-02-30');
  });
});
