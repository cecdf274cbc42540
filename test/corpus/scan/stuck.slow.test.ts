import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { run } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';
import { END, succeed, VOCAB } from './runs.ts';

const directory = makeDirectory();
const keyFile = writeKey(join(directory, 'vendor.key'), keyFrom('stuck', VOCAB));

/** Writes documents of so many token ids each, and returns the path. */
function writeLengths(name: string, lengths: readonly number[]): string {
  const random = seededRandom(name);
  let text = '';
  for (const [i, length] of lengths.entries()) {
    text += `${JSON.stringify({ id: `document ${i}`, input_ids: [...randomIds(random, length, END)] })}\n`;
  }
  const path = join(directory, `${name}.jsonl`);
  writeFileSync(path, text);
  return path;
}

const scan = (name: string, path: string, ...more: readonly string[]): string[] => [
  ...['scan', '--key', keyFile, '--out', join(directory, name), ...more],
  path,
];

function summaryOf(name: string): unknown {
  return JSON.parse(readFileSync(join(directory, name, 'summary.json'), 'utf8'));
}

describe('a document that takes too long', () => {
  it('is reported and left out, and all others are there', async () => {
    // Seconds for the long one, on a quick machine too; thousandths of one for the others.
    const path = writeLengths('slow', [100, 110, 10_000_000, 120, 130]);
    const { stderr } = await succeed(scan('slow', path, '--time-limit', '0.8'));
    expect(stderr).toContain('shard 0: record 3 took longer than 0.8 s; it is left out and reported\n');
    expect(summaryOf('slow')).toMatchObject({
      records: 5,
      documents: 4,
      tokens: 460,
      failures: {
        records: 1,
        byCode: { 'timed-out': 1 },
        listed: [{ file: path, record: 2, code: 'timed-out', message: 'took longer than 0.8 s' }],
      },
    });
  });

  it('needs a limit above 0', async () => {
    const path = writeLengths('limit', [60]);
    const { status, stderr } = await run(scan('limit', path, '--time-limit', '0'));
    expect(status).toBe(2);
    expect(stderr).toContain('--time-limit expected a number above 0, got 0\n');
  });
});

// Ends the thread that hashes a document of so many ids, as running out of memory or a fault in native code would.
const dieAt = (length: number): string => `data:text/javascript,
  import crypto from 'node:crypto';
  import { syncBuiltinESMExports } from 'node:module';
  import { isMainThread } from 'node:worker_threads';
  const { hash } = crypto;
  if (!isMainThread) {
    crypto.hash = (algorithm, data, encoding) => {
      if (data.length === ${length}) process.exit(1);
      return hash(algorithm, data, encoding);
    };
    syncBuiltinESMExports();
  }
`;

describe('a worker that dies', () => {
  it('costs the document that it looked at, wherever it is, and no other', async () => {
    const path = writeLengths('deadly', [80, 777, 90, 777, 100]);
    const ended = await run(scan('deadly', path, '--threads', '2'), { node: ['--import', dieAt(777)] });
    expect(ended).toMatchObject({ status: 0 });
    expect(ended.stderr).toContain(
      'record 2 ended the worker that looked at it; it is left out and reported\n',
    );
    const message = 'ended the worker that looked at it';
    expect(summaryOf('deadly')).toMatchObject({
      records: 5,
      documents: 3,
      tokens: 270,
      failures: {
        records: 2,
        byCode: { 'worker-crashed': 2 },
        listed: [
          { file: path, record: 1, code: 'worker-crashed', message },
          { file: path, record: 3, code: 'worker-crashed', message },
        ],
      },
    });
  });

  it('ends the scan with a message where it cannot even start', async () => {
    const path = writeLengths('startless', [80]);
    const fault = `data:text/javascript,
      import { isMainThread } from 'node:worker_threads';
      if (!isMainThread) throw new Error('no thread today');`;
    const { status, stderr } = await run(scan('startless', path), { node: ['--import', fault] });
    expect(status).toBe(70);
    expect(stderr).toContain('countermark: internal error: no thread today\n');
  });
});
