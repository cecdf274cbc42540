import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ScanSummary } from '@countermark/corpus';
import { seededRandom } from '@countermark/watermark';
import { parquetMetadata } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Ended, PATIENCE_MS, run } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';
import { RESULT, resultsIn, succeed, VOCAB } from './runs.ts';

const directory = makeDirectory();
const keyFile = writeKey(join(directory, 'vendor.key'), keyFrom('bad', VOCAB));
const random = seededRandom('bad');

function ids(count = 60): number[] {
  return [...randomIds(random, count, VOCAB)];
}

function row(): string {
  return JSON.stringify({ input_ids: ids() });
}

/** Writes a file of a corpus of its own, and returns its path. */
function write(folder: string, name: string, content: string | Uint8Array): string {
  mkdirSync(join(directory, folder), { recursive: true });
  const path = join(directory, folder, name);
  writeFileSync(path, content);
  return path;
}

function scan(out: string, ...more: readonly string[]): Promise<Ended> {
  return run(['scan', '--key', keyFile, '--out', join(directory, out), ...more]);
}

function summaryOf(out: string): ScanSummary {
  return JSON.parse(readFileSync(join(directory, out, 'summary.json'), 'utf8'));
}

// One corpus with everything that may be wrong with a file or a record; lines are of known lengths.
const good = row();
const LINES: readonly (string | Buffer)[] = [
  `\ufeff${good}\r\n`,
  '{"input_ids": [1, 2\r\n',
  `${good}\r\n`,
  '\r\n',
  '{"other": [1]}\n',
  Buffer.concat([Buffer.from('{"input_ids": "'), Buffer.from([0xc3, 0x28]), Buffer.from('"}\n')]),
  '{"input_ids": "no ids"}\n',
  `{"input_ids": [1, ${VOCAB}]}\n`,
  good,
];
const startOf = (line: number): number =>
  LINES.slice(0, line).reduce((sum, one) => sum + Buffer.byteLength(one), 0);
const lines = write('mixed', 'lines.jsonl', Buffer.concat(LINES.map((line) => Buffer.from(line))));

const ROWS = 2000;
const zipped = gzipSync(Buffer.from(Array.from({ length: ROWS }, () => `${row()}\n`).join('')));
const cut = write('mixed', 'cut.jsonl.gz', zipped.subarray(0, zipped.length >> 1));

const GROUP = 10;
const table = Buffer.from(
  parquetWriteBuffer({
    columnData: [{ name: 'input_ids', data: Array.from({ length: 3 * GROUP }, () => ids()) }],
    rowGroupSize: GROUP,
  }),
);
const second = parquetMetadata(new Uint8Array(table).buffer).row_groups[1]?.columns[0]?.meta_data;
table.fill(0xff, Number(second?.data_page_offset), Number(second?.data_page_offset) + 40);
const damaged = write('mixed', 'damaged.parquet', table);

const odd = write(
  'mixed',
  'odd.bin',
  Buffer.concat([Buffer.from(Uint16Array.from(ids(70)).buffer), Buffer.from([1])]),
);

describe('a corpus with bad records', () => {
  let summary: ScanSummary;
  const at = (file: string): ScanSummary['failures']['listed'] =>
    summary.failures.listed.filter((failure) => failure.file === file);
  const countOf = (file: string): ScanSummary['files'][number] | undefined =>
    summary.files.find((one) => one.file === file);

  beforeAll(async () => {
    const { stdout } = await succeed([
      ...['scan', '--key', keyFile, '--id-bytes', '2', '--out', join(directory, 'mixed-out')],
      join(directory, 'mixed'),
    ]);
    summary = summaryOf('mixed-out');
    expect(stdout).toContain(`${summary.failures.records} records could not be read`);
  }, PATIENCE_MS);

  it('counts every record as a document or a failure', () => {
    const { records, documents, failures, files } = summary;
    expect(records).toBe(documents + failures.records);
    for (const file of files) expect(file.records, file.file).toBe(file.documents + file.failed);
    expect(Object.values(failures.byCode).reduce((sum, count) => sum + count, 0)).toBe(failures.records);
    expect(readFileSync(join(directory, 'mixed-out', 'report.html'), 'utf8')).toContain('invalid-json');
  });

  it('gives the line from 1 and the byte of each bad line', () => {
    expect(countOf(lines)).toMatchObject({ records: 8, documents: 3, failed: 5, tokens: 180 });
    expect(at(lines).map(({ message: _, file: __, ...place }) => place)).toEqual([
      { record: 1, line: 2, byteOffset: startOf(1), code: 'invalid-json' },
      { record: 3, line: 5, byteOffset: startOf(4), code: 'field-missing' },
      { record: 4, line: 6, byteOffset: startOf(5), code: 'invalid-utf8' },
      { record: 5, line: 7, byteOffset: startOf(6), code: 'field-type' },
      { record: 6, line: 8, byteOffset: startOf(7), code: 'token-out-of-range' },
    ]);
  });

  it('reads a cut gzip file up to the cut, and says where that is', () => {
    const count = countOf(cut);
    expect(count?.failed).toBe(1);
    expect(count?.documents).toBeGreaterThan(ROWS / 3);
    expect(count?.documents).toBeLessThan((2 * ROWS) / 3);
    const [failure] = at(cut);
    expect(failure).toMatchObject({ record: count?.documents, code: 'damaged' });
    expect(failure?.message).toContain('gzip');
  });

  it('loses the rows of a damaged page only', () => {
    expect(countOf(damaged)).toMatchObject({ records: 30, documents: 20, failed: 10 });
    expect(at(damaged)).toEqual([expect.objectContaining({ record: 10, rows: 10, code: 'damaged' })]);
  });

  it('reports a token id that is cut in two', () => {
    expect(countOf(odd)).toMatchObject({ records: 2, documents: 1, failed: 1, tokens: 70 });
    expect(at(odd)).toEqual([expect.objectContaining({ record: 1, byteOffset: 140, code: 'damaged' })]);
  });

  it('shows nothing of a record in its messages', () => {
    for (const { message } of summary.failures.listed) expect(message).not.toMatch(/no ids|input_ids": /);
  });
});

describe('--strict', () => {
  it('stops at the first bad record, and says which', async () => {
    const { status, stdout, stderr } = await scan('strict', '--strict', lines);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(
      `countermark: ${lines}: line 2 of the shard, byte ${startOf(1)}: the record is not valid JSON\n`,
    );
    expect(resultsIn(join(directory, 'strict'))).toEqual([]);
  });
});

// Tells how much memory the process had at most, in KiB.
const PEAK = `data:text/javascript,
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'));
`;

describe('a line of 200 MB', () => {
  it('is reported as too long, and never held', async () => {
    const BYTES = 200_000_000;
    const path = write('long', 'long.jsonl', `${good}\n`);
    const file = openSync(path, 'r+');
    // Zeros that take no room on the disk.
    ftruncateSync(file, good.length + 1 + BYTES);
    writeSync(file, `\n${good}\n`, good.length + 1 + BYTES);
    closeSync(file);
    const small = write('short', 'short.jsonl', `${good}\n`);
    const peakOf = async (out: string, input: string): Promise<number> => {
      const args = [
        'scan',
        '--key',
        keyFile,
        '--max-record-mb',
        '1',
        '--threads',
        '1',
        '--out',
        join(directory, out),
      ];
      const { status, stderr } = await run([...args, input], { node: ['--import', PEAK] });
      expect(status, stderr).toBe(0);
      return Number(/peak (\d+)/.exec(stderr)?.[1]) * 1024;
    };
    const [before, peak] = [await peakOf('short-out', small), await peakOf('long-out', path)];
    expect(summaryOf('long-out')).toMatchObject({
      records: 3,
      documents: 2,
      failures: {
        byCode: { 'too-long': 1 },
        listed: [{ file: path, record: 1, line: 2, byteOffset: good.length + 1, code: 'too-long' }],
      },
    });
    expect(peak - before).toBeLessThan(0.8 * BYTES);
  });
});

describe('a corpus without documents', () => {
  it('is inconclusive, and its page says so', async () => {
    const path = write('empty', 'empty.jsonl', '');
    const { status, stdout } = await scan('empty-out', path);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^corpus: inconclusive /);
    expect(summaryOf('empty-out')).toMatchObject({ verdict: 'inconclusive', records: 0, documents: 0 });
    expect(readFileSync(join(directory, 'empty-out', 'report.html'), 'utf8')).toContain(
      'No document was read.',
    );
    expect(resultsIn(join(directory, 'empty-out')).sort()).toEqual([...RESULT]);
  });
});

describe('a directory that is given twice', () => {
  it('is read once, and said to be', async () => {
    const folder = join(directory, 'twice');
    write('twice', 'a.jsonl', `${good}\n`);
    const { status, stderr } = await scan('twice-out', folder, folder);
    expect(status).toBe(0);
    expect(stderr).toContain(`${folder}: is ${folder} by another name, and read once`);
    expect(summaryOf('twice-out')).toMatchObject({ records: 1, documents: 1 });
  });
});

describe('inputs that cannot be used', () => {
  write('used', 'used.jsonl', `${good}\n`);
  write('noise', 'noise', Buffer.from([0, 1, 2, 3, 4, 5, 6, 7]));

  it.each([
    [
      'a path where nothing is',
      [join(directory, 'none')],
      2,
      `${join(directory, 'none')}: no such file or directory`,
    ],
    [
      'a file of unknown format',
      [join(directory, 'noise', 'noise')],
      2,
      'neither its name nor its first bytes tell',
    ],
  ])('are named: %s', async (name, paths, expected, message) => {
    const out = `unused-${name.replaceAll(' ', '-')}`;
    const { status, stdout, stderr } = await scan(out, ...paths);
    expect({ status, stdout }, stderr).toEqual({ status: expected, stdout: '' });
    expect(stderr).toContain(message);
    expect(resultsIn(join(directory, out))).toEqual([]);
  });
});
