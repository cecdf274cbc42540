import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScanSummary } from '@countermark/corpus';
import { seededRandom } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { markedAnswers } from '../../support/marked-ids.ts';
import { keyFrom } from '../../support/random-key.ts';
import { END, isTemporary, READING, resultOf, succeed, toBytes, VOCAB } from './runs.ts';

const directory = makeDirectory();
const key = keyFrom('stop', VOCAB);
const keyFile = writeKey(join(directory, 'vendor.key'), key);
const path = join(directory, 'corpus');
const FILES = 40;

mkdirSync(path);
const answers = markedAnswers(key, Array.from({ length: FILES }), 120, 'stop');
const random = seededRandom('stop');
for (const [i, answer] of answers.entries()) {
  // A few tokens end documents early; what follows them is marked as well.
  const ids = answer.map((id) => (id === END ? Math.floor(END * random()) : id));
  writeFileSync(join(path, `${String(i).padStart(2, '0')}.bin`), toBytes([ids]));
}

function scan(out: string, ...more: readonly string[]): string[] {
  return ['scan', '--key', keyFile, ...READING, '--out', join(directory, out), ...more, path];
}

function summaryOf(out: string): ScanSummary {
  return JSON.parse(readFileSync(join(directory, out, 'summary.json'), 'utf8'));
}

describe('--stop', () => {
  let said = '';

  beforeAll(async () => {
    said = (await succeed(scan('one', '--stop', '--threads', '1'))).stdout;
    await succeed(scan('three', '--stop', '--threads', '3'));
    await succeed(scan('whole'));
  }, PATIENCE_MS);

  it('ends a scan as soon as the evidence suffices, and says so', () => {
    const { verdict, alpha, shards, documents, keys } = summaryOf('one');
    expect(verdict).toBe('detected');
    expect(shards).toEqual({ total: FILES, planned: FILES, scanned: shards.scanned, stopped: true });
    expect(shards.scanned).toBeGreaterThan(0);
    expect(shards.scanned).toBeLessThan(FILES / 2);
    expect(documents).toBe(shards.scanned);
    expect(keys[0]?.log10PValue).toBeLessThanOrEqual(Math.log10(alpha));
    expect(said).toContain(
      `only ${shards.scanned} of ${FILES} shards: stopped because the evidence sufficed`,
    );
    expect(readFileSync(join(directory, 'one', 'report.html'), 'utf8')).toContain('stopped early');
  });

  it('gives the same bytes whatever the number of threads', () => {
    expect(resultOf(join(directory, 'three'))).toEqual(resultOf(join(directory, 'one')));
  });

  it('gives them again where more shards are there already', async () => {
    const before = resultOf(join(directory, 'one'));
    await succeed(scan('whole', '--stop'));
    expect(resultOf(join(directory, 'whole'))).toEqual(before);
  });

  it('is followed by a scan without it, which goes on to the end', async () => {
    const done = readdirSync(join(directory, 'three', 'parts')).filter((name) => !isTemporary(name)).length;
    const { stderr } = await succeed(scan('three'));
    expect(stderr).toMatch(new RegExp(`^${done} of ${FILES} shards (is|are) done already$`, 'm'));
    expect(summaryOf('three').shards).toEqual({
      total: FILES,
      planned: FILES,
      scanned: FILES,
      stopped: false,
    });
    await succeed(scan('whole'));
    expect(resultOf(join(directory, 'three'))).toEqual(resultOf(join(directory, 'whole')));
  });

  it('goes with paths only', async () => {
    const manifest = join(directory, 'one', 'manifest.json');
    const { status, stderr } = await run(['scan', '--key', keyFile, '--manifest', manifest, '--stop']);
    expect(status).toBe(2);
    expect(stderr).toContain('--stop needs to see all shards');
  });
});

// Fails to read one part in the main thread, which only the rule reads while threads are at work.
const FAIL_TO_READ = `data:text/javascript,
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  import { isMainThread } from 'node:worker_threads';
  const { readFile } = fs.promises;
  if (isMainThread) {
    fs.promises.readFile = async (path, options) => {
      if (!String(path).endsWith('part-000000.cmp') || !fs.existsSync(path)) return readFile(path, options);
      throw Object.assign(new Error('denied'), { code: 'EACCES', syscall: 'open', path });
    };
    syncBuiltinESMExports();
  }
`;

describe('--stop where a part cannot be read', () => {
  it('ends the scan with that fault, told once and not as an unhandled one', async () => {
    const { status, stderr } = await run(scan('unread', '--stop', '--threads', '1'), {
      node: ['--unhandled-rejections=warn', '--import', FAIL_TO_READ],
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^countermark: .*part-000000\.cmp: /m);
    expect(stderr).not.toMatch(/unhandled/i);
    expect(stderr.match(/part-000000\.cmp/g)).toHaveLength(1);
  });
});
