/** The filter command on files of many formats: what it writes is put together here, from the same pieces as the input. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { humanDocuments } from '@countermark/fixtures';
import { Zstd } from '@hpcc-js/wasm-zstd';
import { asyncBufferFromFile, parquetMetadata, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Ended, PATIENCE_MS, run, runWarm } from '../../cli/command.ts';
import { demoKey, longAnswer, makeDirectory, writeKey } from '../../cli/fixtures.ts';

/** A piece of a file: with a marked document, by people, or what cannot be read. */
type Piece = { readonly kind: 'marked' | 'human' | 'broken'; readonly bytes: string };
type Kept = (piece: Piece) => boolean;

const directory = makeDirectory();
const corpus = join(directory, 'corpus');
const scan = join(directory, 'scan');
const keyFile = writeKey(join(directory, 'vendor.key'), await demoKey(0x3f));
const people = humanDocuments('prose')
  .slice(0, 24)
  .map((text) => text.replaceAll(/\s+/g, ' '));
const zstd = await Zstd.load();

/** How each file is made of the pieces that are kept; undefined where it is not to be written. */
const files = new Map<string, (kept: Kept) => string | undefined>();
const pack = (name: string, text: string): Uint8Array => {
  if (name.endsWith('.gz')) return gzipSync(text);
  return name.endsWith('.zst') ? zstd.compress(Buffer.from(text)) : Buffer.from(text);
};
const unpack = (name: string, bytes: Uint8Array): string => {
  if (name.endsWith('.gz')) return gunzipSync(bytes).toString();
  return Buffer.from(name.endsWith('.zst') ? zstd.decompress(bytes) : bytes).toString();
};

function put(name: string, make: (kept: Kept) => string | undefined): void {
  const path = join(corpus, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, pack(name, make(() => true) ?? ''));
  files.set(name, make);
}

/** A file whose pieces lie one after the other. */
function putPieces(name: string, head: string, pieces: readonly Piece[]): void {
  put(name, (kept) => {
    const left = pieces.filter(kept);
    return left.length === 0 ? undefined : head + left.map(({ bytes }) => bytes).join('');
  });
}

const human = (bytes: string): Piece => ({ kind: 'human', bytes });
const marked = (bytes: string): Piece => ({ kind: 'marked', bytes });
const broken = (bytes: string): Piece => ({ kind: 'broken', bytes });
const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const json = (text: string, more: object = {}): string => JSON.stringify({ text, ...more });

beforeAll(async () => {
  const answer = (await longAnswer(['--key', keyFile])).text.replaceAll(/\s+/g, ' ').trim();
  const at = (i: number): string => people[i] ?? '';
  // Odd spacing, an integer of 64 bits and an escape: nothing of a line that is kept may change.
  const lines = [
    human(`{ "n": 18446744073709551615, "text": ${JSON.stringify(at(0))} }\r\n`),
    marked(`${json(answer)}\n`),
    broken('{"text":\n'),
    human(`{"text": ${JSON.stringify(at(1)).replace('e', '\\u0065')}}\n\n`),
    marked(`${json(answer, { copy: true })}\n`),
    human(json(at(2))),
  ];
  putPieces('lines.jsonl', '', lines);
  putPieces('packed/lines.jsonl.gz', '', lines);
  putPieces('packed/lines.jsonl.zst', '', lines);
  putPieces('all-marked.jsonl', '', [marked(`${json(answer)}\n`)]);
  putPieces('all-human.jsonl', '', [human(`${json(at(3))}\n`), human(`${json(at(4))}\n`)]);
  putPieces('table.csv', '\ufeffn,text\r\n', [
    marked(`1,${cell(answer)}\r\n`),
    human(`2,${cell(`${at(5)}\n"${at(6)}"`)}\r\n`),
    broken('3,one,too many\r\n'),
    marked(`4,${cell(answer)}\r\n`),
    human(`5,${cell(at(7))}\r\n`),
  ]);
  putPieces('table.tsv', 'n\ttext\n', [human(`1\t${at(8)}\n`), marked(`2\t${answer}`)]);
  putPieces('notes/lines.txt', '', [human(`${at(12)}\n`), marked(`${answer}\n\n`), human(at(13))]);
  putPieces('notes/mail.txt', '\n', [
    marked(`${answer}\n \n\n`),
    human(`${at(14)}\r\n${at(15)}\r\n\r\n`),
    marked(`${answer}\n`),
  ]);
  putPieces('pairs.jsonl', '', [
    human(`${JSON.stringify({ chosen: at(16), rejected: at(17) })}\n`),
    marked(`${JSON.stringify({ chosen: at(18), rejected: answer })}\n`),
  ]);
  const values = [
    marked(json(answer)),
    human(`{\n "text": ${JSON.stringify(at(9))}}`),
    human(json(at(10))),
    marked(json(answer)),
    marked(json(answer)),
    human(json(at(11))),
    marked(json(answer)),
  ];
  for (const [name, head, tail] of [
    ['list.json', '[\n', '\n]\n'],
    ['named.json', '{"version": 1, "data": [', '], "end": [1, 2]}'],
  ] as const) {
    put(name, (kept) => {
      const left = values.filter(kept);
      return left.length === 0 ? undefined : head + left.map(({ bytes }) => bytes).join(' ,\n ') + tail;
    });
  }
  writeFileSync(join(corpus, 'LICENSE'), 'of no known format');
  const split = ['--for', '*lines.txt:split=lines', '--for', '*mail.txt:split=blank-lines'];
  const ended = await run(['scan', '--key', keyFile, corpus, '--out', scan, ...split]);
  expect(ended.status, ended.stderr).toBe(0);
}, 2 * PATIENCE_MS);

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

function expected(kept: Kept): Record<string, string> {
  return Object.fromEntries(
    [...files].flatMap(([name, make]) => {
      const text = make(kept);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function written(path: string): Record<string, string> {
  return Object.fromEntries(
    filesBelow(path).map((name) => [name, unpack(name, readFileSync(join(path, name)))]),
  );
}

const answerOf = (): string =>
  JSON.parse(expected(({ kind }) => kind === 'marked')['all-marked.jsonl'] ?? '').text;
const filter = (...args: string[]): Promise<Ended> => runWarm(['filter', '--scan', scan, ...args]);

describe('filter', () => {
  it('leaves out detected documents and their copies, and keeps every other byte', async () => {
    const out = join(directory, 'clean');
    const { status, stdout, stderr } = await filter('--out', out);
    expect(status, stderr).toBe(0);
    expect(written(out)).toEqual(expected(({ kind }) => kind !== 'marked'));
    expect(stderr).toContain('1 file of no known format is not copied');
    expect(stdout).toContain(`${join(corpus, 'lines.jsonl')}: 2 of 6 records left out\n`);
    expect(stdout).toContain(
      `${join(corpus, 'all-marked.jsonl')}: 1 of 1 record left out; nothing is left, so the file is not written\n`,
    );
    expect(stdout).toContain(
      '1 file copied whole\n28 of 50 records kept; 22 records have a detected document',
    );
    expect(stdout).toContain('  4 records that could not be read are kept\n');
  });

  it('writes only them with --only', async () => {
    const out = join(directory, 'marked');
    const { status, stdout, stderr } = await filter('--out', out, '--only', '--format', 'json');
    expect(status, stderr).toBe(0);
    expect(written(out)).toEqual(expected(({ kind }) => kind === 'marked'));
    const { files: told, ...sums } = JSON.parse(stdout);
    expect(sums).toEqual({
      ...{ object: 'corpus-filter', only: true, dropFailures: false },
      ...{ records: 50, detected: 22, failed: 4, kept: 22 },
    });
    expect(told.find(({ file }: { file: string }) => file.endsWith('table.csv'))).toEqual({
      ...{ file: join(corpus, 'table.csv'), records: 5, detected: 2, failed: 1, kept: 2 },
      written: join(out, 'table.csv'),
    });
  });

  it('reads a table in several files, and misses one that is gone', async () => {
    const several = join(directory, 'several');
    const plan = join(scan, 'manifest.json');
    const args = ['merge', '--manifest', plan, '--key', keyFile, '--parts', join(scan, 'parts')];
    const merged = await run([...args, '--documents-per-file', '1', '--out', several]);
    expect(merged.status, merged.stderr).toBe(0);
    const tables = (): string[] => readdirSync(several).filter((name) => name.startsWith('documents'));
    // A file is closed with the group of rows with which it is full, so of a small scan there is one: two are made of it.
    expect(tables()).toEqual(['documents-00000.parquet']);
    const file = await asyncBufferFromFile(join(several, 'documents-00000.parquet'));
    const rows = (await parquetReadObjects({ file })) as Record<string, string | bigint>[];
    const half = (from: number, to: number): Uint8Array =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: (['file', 'record', 'verdict', 'content_hash'] as const).map((name) => ({
            name,
            data: rows.slice(from, to).map((row) => row[name]),
            type: name === 'record' ? ('INT64' as const) : ('STRING' as const),
          })),
        }),
      );
    writeFileSync(join(several, 'documents-00000.parquet'), half(0, 20));
    writeFileSync(join(several, 'documents-00001.parquet'), half(20, rows.length));
    const out = join(directory, 'of-several');
    const command = ['filter', '--scan', several, '--manifest', plan, '--only'];
    const filtered = await run([...command, '--out', out]);
    expect(filtered.status, filtered.stderr).toBe(0);
    expect(written(out)).toEqual(expected(({ kind }) => kind === 'marked'));
    unlinkSync(join(several, 'documents-00001.parquet'));
    const { status, stderr } = await run([...command, '--out', join(directory, 'of-one')]);
    expect(status).toBe(4);
    expect(stderr).toContain(`has 20 documents, and summary.json ${rows.length}`);
  });

  it('leaves out what could not be read with --drop-failures', async () => {
    const out = join(directory, 'strict');
    expect((await filter('--out', out, '--drop-failures')).status).toBe(0);
    expect(written(out)).toEqual(expected(({ kind }) => kind === 'human'));
  });

  it('overwrites nothing, the inputs least of all', async () => {
    const before = written(corpus);
    const { status, stderr } = await filter('--out', corpus);
    expect(status).toBe(2);
    expect(stderr).toContain('holds files that would be overwritten');
    expect(written(corpus)).toEqual(before);
  });

  it('writes nothing where a file is not what was scanned', async () => {
    const path = join(corpus, 'lines.jsonl');
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 1));
    const out = join(directory, 'changed');
    const { status, stderr } = await filter('--out', out);
    writeFileSync(path, bytes);
    expect(status).toBe(4);
    expect(stderr).toContain('lines.jsonl: not what it was when the scan was planned');
    expect(existsSync(out) ? filesBelow(out) : []).toEqual([]);
  });

  it('refuses a table of another scan, and a result of another plan', async () => {
    const other = join(directory, 'other');
    const alone = join(corpus, 'all-human.jsonl');
    expect((await run(['scan', '--key', keyFile, alone, '--out', other])).status).toBe(0);
    const table = join(scan, 'documents.parquet');
    renameSync(table, `${table}.kept`);
    writeFileSync(table, readFileSync(join(other, 'documents.parquet')));
    const { status, stderr } = await filter('--out', join(directory, 'mixed'));
    renameSync(`${table}.kept`, table);
    expect(status).toBe(4);
    expect(stderr).toContain('documents.parquet: has 2 documents, and summary.json 48');
    const manifest = join(other, 'manifest.json');
    const mixed = await filter('--out', join(directory, 'mixed'), '--manifest', manifest);
    expect(mixed.status).toBe(4);
    expect(mixed.stderr).toContain('summary.json: the result is of another plan');
  });

  it('writes rows of Parquet anew, with their types and every digit', async () => {
    const path = join(directory, 'table');
    mkdirSync(path);
    const texts = [0, 1, 2, 3, 4, 5].map((i) => (i % 3 === 1 ? answerOf() : (people[i] ?? '')));
    const columnData = [
      { name: 'text', data: texts, type: 'STRING' as const },
      { name: 'n', data: texts.map((_, i) => 2n ** 62n + BigInt(i)), type: 'INT64' as const },
      { name: 'at', data: texts.map((_, i) => new Date(1.7e12 + i)), type: 'TIMESTAMP' as const },
      { name: 'share', data: texts.map((_, i) => (i === 2 ? null : i / 3)), type: 'DOUBLE' as const },
      { name: 'meta', data: texts.map((_, i) => ({ odd: i % 2 === 1 })), type: 'JSON' as const },
    ];
    const kvMetadata = [{ key: 'huggingface', value: '{"info":{}}' }];
    const bytes = parquetWriteBuffer({ columnData, kvMetadata, rowGroupSize: 4 });
    writeFileSync(join(path, 'mixed.parquet'), new Uint8Array(bytes));
    const result = join(directory, 'table-scan');
    const scanned = await run(['scan', '--key', keyFile, path, '--out', result]);
    expect(scanned.status, scanned.stderr).toBe(0);
    for (const only of [false, true]) {
      const out = join(directory, `table-${only}`);
      const more = only ? ['--only'] : [];
      const { status, stderr } = await runWarm(['filter', '--scan', result, '--out', out, ...more]);
      expect(status, stderr).toBe(0);
      const written = await asyncBufferFromFile(join(out, 'mixed.parquet'));
      const rows = await parquetReadObjects({ file: written });
      const before = await parquetReadObjects({ file: bytes });
      expect(rows).toEqual(before.filter((_, i) => (i % 3 === 1) === only));
      expect(rows).toHaveLength(only ? 2 : 4);
      const metadata = await parquetMetadataAsync(written);
      expect(metadata.key_value_metadata).toEqual(kvMetadata);
      const own = parquetMetadata(bytes).schema.map(({ logical_type }) => logical_type);
      expect(metadata.schema.map(({ logical_type }) => logical_type)).toEqual(own);
    }
  });

  it('says which files it cannot write in part, and what to do, before it writes any', async () => {
    const path = join(directory, 'wide');
    mkdirSync(path);
    const write = (name: string, texts: string[]): void =>
      writeFileSync(join(path, name), `\ufeff${texts.map((text) => `${json(text)}\n`).join('')}`, 'utf16le');
    write('mixed.jsonl', [people[0] ?? '', answerOf()]);
    write('human.jsonl', [people[1] ?? '', people[2] ?? '']);
    const result = join(directory, 'wide-scan');
    expect((await run(['scan', '--key', keyFile, path, '--out', result])).status).toBe(0);
    const out = join(directory, 'wide-out');
    const { status, stderr } = await runWarm(['filter', '--scan', result, '--out', out]);
    expect(status).toBe(2);
    expect(stderr).toContain('mixed.jsonl: is UTF-16LE: write it as UTF-8 first, and scan that');
    expect(stderr).not.toContain('human.jsonl');
    expect(existsSync(out)).toBe(false);
  });
});
