/** The scan command on a directory of many formats at once, against counts and figures that are made here. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { demoModelFiles } from '@countermark/demo-model';
import { benjaminiHochberg } from '@countermark/detector/stats';
import { humanDocuments } from '@countermark/fixtures';
import { accountCode, createScheme } from '@countermark/watermark/scheme';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../cli/command.ts';
import { demoKey, longAnswer, makeDirectory, writeKey } from '../cli/fixtures.ts';
import { markedAnswers } from '../support/marked-ids.ts';
import { naiveTokens } from '../support/naive-document.ts';

const directory = makeDirectory();
const corpus = join(directory, 'corpus');
const out = join(directory, 'out');
const key = await demoKey(0xd7);
const keyFile = writeKey(join(directory, 'vendor.key'), key);
const accounts = ['user-1', 'user-2', 'user-3', 'user-4'];
const accountFile = join(directory, 'accounts.txt');
const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
const human = humanDocuments('prose').slice(0, 40);

/** Every document's token ids, by file. */
const documents = new Map<string, Uint32Array[]>();
const marked = new Set<string>();
let stderr = '';
let stdout = '';

function put(name: string, content: string | Uint8Array, ids: readonly (string | Uint32Array)[]): void {
  writeFileSync(join(corpus, name), content);
  documents.set(
    join(corpus, name),
    ids.map((one) => (typeof one === 'string' ? tokenizer.encode(one) : one)),
  );
}

const jsonLines = (records: readonly unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

beforeAll(async () => {
  mkdirSync(join(corpus, 'deep'), { recursive: true });
  const answer = (await longAnswer(['--key', keyFile, '--account', 'user-3'])).text;
  const logged = markedAnswers(key, ['user-1', 'user-2'], 400, 1);
  const books = human.slice(0, 10);
  put(
    'books.jsonl',
    `${jsonLines(books.map((text, i) => ({ id: `b${i}`, text })))}{"text":\n{"id":"x"}\n`,
    books,
  );
  const turns = human.slice(10, 16);
  const chats = turns.map((content) => ({
    messages: [
      { role: 'user', content: 'Which words are not read?' },
      { role: 'assistant', content },
    ],
  }));
  put('chats.jsonl', jsonLines(chats), turns);
  const cells = [...human.slice(16, 22), answer];
  const column = { name: 'text', data: cells, type: 'STRING' as const };
  put('deep/table.parquet', new Uint8Array(parquetWriteBuffer({ columnData: [column] })), cells);
  put('note.txt', human[22] ?? '', [human[22] ?? '']);
  const rows = human.slice(23, 28);
  put(
    'rows.csv',
    `n,text\n${rows.map((text, i) => `${i},"${text.replaceAll('"', '""')}"\n`).join('')}`,
    rows,
  );
  const packed = [...human.slice(28, 34), books[0] ?? ''];
  put('packed.jsonl.gz', gzipSync(jsonLines(packed.map((text) => ({ text })))), packed);
  put('logged.jsonl', jsonLines(logged.map((ids) => ({ token_ids: Array.from(ids) }))), logged);
  for (const [file, record] of [
    ['logged.jsonl', 0],
    ['logged.jsonl', 1],
    ['deep/table.parquet', 6],
  ]) {
    marked.add(`${join(corpus, `${file}`)} ${record}`);
  }
  writeFileSync(join(corpus, 'LICENSE'), 'of no known format');
  writeFileSync(accountFile, `${accounts.join('\n')}\n`);
  const args = ['--key', keyFile, corpus, '--out', out, '--accounts', accountFile, '--issued', '1000'];
  const ended = await run(['scan', ...args, '--format', 'json']);
  ({ stdout, stderr } = ended);
  expect(ended.status, stderr).toBe(0);
}, 2 * PATIENCE_MS);

/** The start of an account's code: a symbol a byte, and two. */
function codesOf(account: string): Uint8Array[] {
  const symbols = accountCode(key.accountKey(), account, key.params.codeLength).subarray(0, 64);
  const pairs = Uint8Array.from(
    { length: 32 },
    (_, i) => (symbols[2 * i] ?? 0) | ((symbols[2 * i + 1] ?? 0) << 4),
  );
  return [symbols, pairs];
}

const summary = () => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
const rows = async () =>
  parquetReadObjects({ file: await asyncBufferFromFile(join(out, 'documents.parquet')) });

describe('scan of a directory of many formats', () => {
  it('prints the content of summary.json as one line', () => {
    expect(stdout).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(stdout)).toEqual(summary());
  });

  it('says how each file is read, and which are not', () => {
    expect(stderr).toContain('1 file of no known format is left out: ');
    for (const file of documents.keys()) expect(stderr).toContain(`${file}: `);
    expect(stderr).toContain('chat turns of assistant in field messages (OpenAI), 6 of the first 6 records');
    expect(stderr).toContain('token ids in field token_ids, 2 of the first 2 records');
  });

  it('counts files, records, documents, tokens, bytes and failures', () => {
    const { files, failures, ...totals } = summary();
    const tokens = (ids: readonly Uint32Array[]): number => ids.reduce((sum, { length }) => sum + length, 0);
    const shown = files.map((one: Record<string, unknown>) => {
      return [
        one['file'],
        one['documents'],
        one['failed'],
        one['tokens'],
        `${one['file']}`.endsWith('.parquet') || one['bytes'],
      ];
    });
    const expected = Array.from(documents, ([file, ids]) => {
      // Of a Parquet file some bytes are not read, and some twice.
      const bytes = file.endsWith('.parquet') || statSync(file).size;
      return [file, ids.length, file.endsWith('books.jsonl') ? 2 : 0, tokens(ids), bytes];
    });
    expect(shown).toEqual(expected.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
    const all = [...documents.values()].flat();
    expect(totals).toMatchObject({ documents: all.length, records: all.length + 2, tokens: tokens(all) });
    expect(failures).toMatchObject({ records: 2, byCode: { 'field-missing': 1, 'invalid-json': 1 } });
    expect(failures.listed.map(({ line }: { line: number }) => line)).toEqual([11, 12]);
    expect(totals.duplicates.exact).toBe(1);
  });

  it('tests the whole on every unique tuple, as the specification says', () => {
    const scheme = createScheme(key.params.scheme);
    const { contextWidth } = key.params;
    const scores = new Map<string, number>();
    for (const ids of [...documents.values()].flat()) {
      for (const [i, token] of naiveTokens(key, ids).entries()) {
        if (token.status !== 'scored') continue;
        scores.set(ids.slice(i - contextWidth, i + 1).join(), scheme.score(token.words?.[0] ?? 0));
      }
    }
    const [{ pooled }] = summary().keys;
    const sum = [...scores.values()].reduce((a, b) => a + b, 0);
    expect(pooled).toMatchObject({ scored: scores.size, sum, level: 0, uniqueTuples: scores.size });
  });

  it('lists every document in documents.parquet, with q-values by Benjamini and Hochberg', async () => {
    const table = await rows();
    const places = table.map(({ file, record, tokens }) => [file, Number(record), tokens]);
    const expected = [...documents].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(places).toEqual(expected.flatMap(([file, ids]) => ids.map(({ length }, i) => [file, i, length])));
    const long = table.filter(({ scored }) => scored >= 50);
    expect(long.length).toBeGreaterThan(30);
    expect(table.filter(({ log10_q }) => log10_q === null)).toEqual(
      table.filter(({ verdict }) => verdict === 'inconclusive'),
    );
    const adjusted = benjaminiHochberg(long.map(({ log10_p }) => log10_p));
    for (const [i, { log10_q }] of long.entries()) {
      const exact = adjusted[i] ?? Number.NaN;
      // p-values go up to a grid of 1e-4 in ln p, and of a 1e-5th of it below e-64.
      expect(log10_q).toBeGreaterThanOrEqual(exact - 1e-12);
      expect(log10_q).toBeLessThanOrEqual(exact + Math.max(1e-4 / Math.LN10, 2e-5 * -exact));
    }
  });

  it('detects the marked documents, and names whose they are and no other', async () => {
    const found = (await rows()).filter(({ verdict }) => verdict === 'detected');
    expect(new Set(found.map(({ file, record }) => `${file} ${record}`))).toEqual(marked);
    expect(found.map(({ account }) => account).sort()).toEqual(['user-1', 'user-2', 'user-3']);
    const { verdict, detected, accounts: traced } = summary();
    expect({ verdict, detected }).toEqual({ verdict: 'detected', detected: 3 });
    const [{ named, issued }] = traced;
    expect(issued).toBe(1000);
    expect(named.map(({ account }: { account: string }) => account).sort()).toEqual([
      'user-1',
      'user-2',
      'user-3',
    ]);
  });

  it('draws a page, also of token ids that spell no text', () => {
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/i);
  });

  it('puts no secret, no derived key and no account code in any file or message', () => {
    const hidden = [key.exportSecret(), key.schemeKey(), key.accountKey(), ...accounts.flatMap(codesOf)];
    const needles = hidden.flatMap((bytes) => {
      const buffer = Buffer.from(bytes);
      return [
        buffer,
        ...(['hex', 'base64', 'base64url'] as const).map((form) =>
          Buffer.from(buffer.toString(form).slice(0, 32)),
        ),
      ];
    });
    const names = readdirSync(out, { recursive: true, encoding: 'utf8' });
    const contents = names
      .filter((name) => statSync(join(out, name)).isFile())
      .map((name) => readFileSync(join(out, name)));
    expect(contents.length).toBe(4 + documents.size);
    for (const content of [...contents, Buffer.from(stdout), Buffer.from(stderr)]) {
      expect(needles.filter((needle) => content.includes(needle))).toEqual([]);
    }
    // Where the secret is, it is found.
    expect(needles.some((needle) => readFileSync(keyFile).includes(needle))).toBe(true);
  });
});
