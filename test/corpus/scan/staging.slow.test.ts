/** Copies of a corpus, other signatures for its addresses, and what killed scans leave behind. */
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { writeThrough } from '@countermark/host';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { run } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';
import { serveBytes, startServer } from '../readers/scripted-server.ts';
import { READING, resultOf, scanArgs, succeed, toBytes, writeCorpus } from './runs.ts';

describe('a copy of a corpus', () => {
  it('is the same corpus: its plan goes on, and its parts are taken', async () => {
    const directory = makeDirectory();
    const corpus = writeCorpus(directory, { files: 2, documents: 3, tokens: 80 });
    const out = join(directory, 'out');
    await succeed(scanArgs(corpus, out));
    const before = resultOf(out);
    // As a copy that keeps no times has them, or one that keeps them to the second.
    for (const [i, file] of corpus.files.entries()) {
      const copy = join(directory, `copy-${i}`);
      copyFileSync(file, copy);
      writeFileSync(file, readFileSync(copy));
      utimesSync(file, 1_700_000_000 + i, 1_700_000_000 + i);
    }
    const { stderr } = await succeed(scanArgs(corpus, out, '--threads', '1'));
    expect(stderr).toContain('2 of 2 shards are done already');
    expect(resultOf(out)).toEqual(before);
    const plan = join(out, 'manifest.json');
    await succeed(['scan', '--manifest', plan, '--key', corpus.keyFile, '--parts', join(directory, 'other')]);
  });

  it('is another where a byte in its middle is another, if it is named by its content', async () => {
    const directory = makeDirectory();
    const corpus = writeCorpus(directory, { files: 1, documents: 2, tokens: 100_000 });
    const [file = ''] = corpus.files;
    const args = (out: string): string[] => scanArgs(corpus, join(directory, out), '--by-content');
    await succeed(args('out'));
    const manifest: { files: { content: string }[] } = JSON.parse(
      readFileSync(join(directory, 'out', 'manifest.json'), 'utf8'),
    );
    expect(manifest.files[0]?.content).toMatch(/^[0-9a-f]{64}$/);
    const bytes = readFileSync(file);
    bytes[bytes.length / 2] = (bytes[bytes.length / 2] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const { status, stderr } = await run(args('out'));
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the files have changed since'),
    });
  });
});

describe('a signature that expires within a scan', () => {
  it('ends it with its reason, and a new one goes on to the same result, and no result names either', async () => {
    const directory = makeDirectory();
    const keyFile = writeKey(join(directory, 'vendor.key'), keyFrom('signed', 1000));
    const random = seededRandom('signed');
    const content = Buffer.from(toBytes(Array.from({ length: 40 }, () => randomIds(random, 20_000, 999))));
    let left = Number.POSITIVE_INFINITY;
    const server = await startServer((request, response) => {
      const isNew = request.url?.includes('Signature=fresh') === true;
      if (isNew || left-- > 0) serveBytes(request, response, content);
      else response.writeHead(403).end();
    });
    const args = (signature: string, out: string): string[] => [
      ...[
        'scan',
        '--key',
        keyFile,
        ...READING,
        '--shard-mb',
        '1',
        '--threads',
        '1',
        '--out',
        join(directory, out),
      ],
      `${server.origin}/ids.bin?X-Amz-Signature=${signature}`,
    ];
    await succeed(args('fresh', 'whole'));
    // Enough to plan, and for the first shard.
    const all = server.requests.length;
    left = all - 2;
    const failed = await run(args('stale', 'out'));
    expect(failed.status, failed.stderr).toBe(74);
    expect(failed.stderr).toContain('no longer valid');
    expect(failed.stderr).not.toContain('stale');
    const { stderr } = await succeed(args('fresh', 'out'));
    expect(stderr).toMatch(/1 of 2 shards is done already/);
    expect(resultOf(join(directory, 'out'))).toEqual(resultOf(join(directory, 'whole')));
    const plan = join(directory, 'out', 'manifest.json');
    expect(readFileSync(plan, 'utf8')).toContain('fresh');
    expect(statSync(plan).mode & 0o777).toBe(0o600);
    for (const name of ['summary.json', 'report.html', 'documents.parquet'])
      expect(readFileSync(join(directory, 'out', name)).toString('latin1'), name).not.toMatch(
        /fresh|stale|Signature/,
      );
  });
});

describe('a temporary file that was left over', () => {
  it('is removed by the next run where its process is gone, and kept where it runs', async () => {
    const directory = makeDirectory();
    const corpus = writeCorpus(directory, { files: 1, documents: 2, tokens: 80 });
    const out = join(directory, 'out');
    await succeed(scanArgs(corpus, out));
    // As a file of this process is called, which runs: the name holds its number.
    let own = '';
    await writeThrough(join(out, 'parts', 'part-000009.cmp'), 'x', async (temporary) => {
      own = temporary;
      await writeFileOf(temporary);
    });
    const child = spawn(process.execPath, ['-e', '']);
    const gone = child.pid ?? 0;
    await new Promise((resolve) => child.once('exit', resolve));
    const number = (pid: number): string => pid.toString(16).padStart(8, '0');
    const left = own.replace(number(process.pid), number(gone));
    copyFileSync(`${own}.kept`, left);
    copyFileSync(`${own}.kept`, own);
    await succeed(scanArgs(corpus, out));
    expect(existsSync(left)).toBe(false);
    expect(existsSync(own)).toBe(true);
    expect(readdirSync(join(out, 'parts'))).toContain('part-000000.cmp');
  });
});

async function writeFileOf(temporary: string): Promise<void> {
  copyFileSync(temporary, `${temporary}.kept`);
}
