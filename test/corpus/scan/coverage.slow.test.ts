/** How much of the text is tested, counted in shards, against a count that is made here; and what is refused because of it. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  detectFileLayout,
  type FileWishes,
  formatManifest,
  formatPart,
  type Manifest,
  manifestDigest,
  mergeScan,
  type Part,
  PartStore,
  parseManifest,
  planScan,
  type ScanSummary,
  scanShard,
  surveyParts,
} from '@countermark/corpus';
import { Coverage, type DetectedLayout, htmlScanReport, textCoverage } from '@countermark/corpus/internal';
import { demoModelFiles } from '@countermark/demo-model';
import { humanDocuments } from '@countermark/fixtures';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMAND, run } from '../../cli/command.ts';
import { demoKey, makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { runOnTerminal } from '../../support/terminal.ts';

const directory = makeDirectory();
const keys = [await demoKey(0x3c)];
const keyFile = writeKey(join(directory, 'vendor.key'), await demoKey(0x3c));
const tokenizers = [await openTokenizer(demoModelFiles().tokenizer)];
afterAll(() => {
  for (const tokenizer of tokenizers) tokenizer.close();
});
const prose = humanDocuments('prose').map((text) => text.slice(0, 300));
const textOf = (i: number): string => prose[i % prose.length] ?? '';
let made = 0;

function write(name: string, content: string | Uint8Array): string {
  const place = join(directory, `${made++}`);
  mkdirSync(place);
  writeFileSync(join(place, name), content);
  return join(place, name);
}

function writeLines(records: readonly unknown[]): string {
  return write('file.jsonl', records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

interface Scanned {
  readonly detected: DetectedLayout;
  readonly manifest: Manifest;
  readonly parts: readonly Part[];
  readonly summary: ScanSummary;
}

async function scan(
  location: string,
  wishes: FileWishes = {},
  shardBytes = 2 ** 26,
  change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): Promise<Scanned> {
  const detected = await detectFileLayout(location, wishes);
  const manifest = await planScan(keys, [{ location, reading: detected.reading }], { shardBytes });
  const folder = join(directory, `parts-${made++}`);
  mkdirSync(folder);
  const parts: Part[] = [];
  for (let shard = 0; shard < manifest.shards.length; shard++) {
    const part = await scanShard(manifest, shard, { keys, tokenizers });
    parts.push(part);
    const bytes = change(formatPart(part, manifest.settings.sampleSize));
    writeFileSync(join(folder, `part-${`${shard}`.padStart(6, '0')}.cmp`), bytes);
  }
  const survey = await surveyParts([folder], manifest.shards.length);
  const { summary } = await mergeScan(manifest, survey, { keys, tokenizers }, folder);
  return { detected, manifest, parts, summary };
}

/** Takes the coverage out of a part, as parts of earlier releases have none. */
function withoutCoverage(bytes: Uint8Array): Uint8Array {
  const magic = 'countermark part 1\n'.length;
  const whole = Buffer.from(bytes);
  const length = whole.readUInt32LE(magic);
  const { coverage, ...header } = JSON.parse(whole.toString('utf8', magic + 4, magic + 4 + length));
  expect(coverage).toBeDefined();
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(json.length);
  const body = Buffer.concat([whole.subarray(0, magic), size, json, whole.subarray(magic + 4 + length, -32)]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

describe('coverage of a scan', () => {
  // The first hundred records say nothing of the notes of the others.
  const records = Array.from({ length: 150 }, (_, i) => ({
    id: `r${i}`,
    text: i % 10 === 0 ? '' : textOf(i),
    ...(i < 100 ? {} : { meta: { notes: [textOf(i + 1), textOf(i + 2)] } }),
  }));
  const sum = (of: (record: (typeof records)[number]) => string | undefined): number =>
    records.reduce((total, record) => total + (of(record)?.length ?? 0), 0);
  const texts = sum(({ text }) => text);
  const notes = sum(({ meta }) => meta?.notes.join(''));
  const ids = sum(({ id }) => id);

  it('is exact, however the file is cut, where the plan sees its head only', async () => {
    const location = writeLines(records);
    const whole = await scan(location);
    expect(whole.detected.coverage?.rest.map(({ field }) => field)).toEqual(['id']);
    const expected = {
      characters: texts + notes + ids,
      tested: texts,
      tokenIds: 0,
      share: texts / (texts + notes + ids),
      documents: 150,
      emptyDocuments: 15,
      rest: [
        { field: 'meta.notes[]', why: 'unread', characters: notes, share: notes / (texts + notes + ids) },
        { field: 'id', why: 'unread', characters: ids, share: ids / (texts + notes + ids) },
      ],
      unlisted: 0,
      approximate: false,
    };
    expect(whole.summary.coverage).toEqual(expected);
    expect(whole.summary.files[0]?.coverage).toEqual(expected);
    const cut = await scan(location, {}, 5000);
    expect(cut.manifest.shards.length).toBeGreaterThan(5);
    expect(cut.summary.coverage).toEqual(expected);
  });

  it('is a warning in red where much was not read, and names the fields', async () => {
    const { summary } = await scan(writeLines(records));
    const html = htmlScanReport(summary, []);
    const percent = Math.round((100 * (notes + ids)) / (texts + notes + ids));
    expect(html).toContain(
      `<p class="alarm">Incomplete: ${percent} % of the text lies in fields that were not read`,
    );
    expect(html).toContain('15 of 150 documents have no text at all.');
    expect(html).toMatch(/meta\.notes\[\]<\/span><\/td>/);
  });

  it('is no warning where all was read', async () => {
    const { summary } = await scan(writeLines(records.slice(0, 100).filter(({ text }) => text !== '')));
    expect(htmlScanReport(summary, [])).not.toContain('class="alarm"');
  });

  it('is unknown, and said to be, where parts do not say', async () => {
    const { summary } = await scan(writeLines(records), {}, 5000, withoutCoverage);
    expect(summary.documents).toBe(150);
    expect('coverage' in summary).toBe(false);
    expect('coverage' in (summary.files[0] ?? {})).toBe(false);
    expect(htmlScanReport(summary, [])).toContain('How much of the text was tested is not known');
  });

  it('counts columns that are not decoded by the sizes that a Parquet file states', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => textOf(i));
    const columnData = [
      { name: 'text', data: rows, type: 'STRING' as const },
      { name: 'url', data: rows.map((_, i) => `https://example.org/${i}`), type: 'STRING' as const },
      { name: 'n', data: rows.map((_, i) => i), type: 'INT32' as const },
    ];
    const location = write('file.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    const { summary, detected } = await scan(location);
    const tested = rows.join('').length;
    expect(detected.coverage).toMatchObject({ tested, approximate: false });
    expect(summary.coverage).toMatchObject({
      tested,
      approximate: true,
      rest: [{ field: 'url', why: 'unread' }],
    });
    // 40 addresses of 21 to 22 bytes, each with four bytes of its length at most.
    const [{ characters = 0 } = {}] = summary.coverage?.rest ?? [];
    expect(characters).toBeGreaterThanOrEqual(40 * 21);
    expect(characters).toBeLessThanOrEqual(40 * 40);
  });

  it('leaves records that failed to the failures', async () => {
    const { summary } = await scan(
      writeLines([
        { text: textOf(0) },
        { text: textOf(1) },
        { text: 7, other: textOf(2) },
        { other: textOf(3) },
      ]),
      { acceptCoverage: true },
    );
    expect(summary.failures.byCode).toEqual({ 'field-missing': 1, 'field-type': 1 });
    expect(summary.coverage).toMatchObject({ characters: 600, tested: 600, share: 1 });
  });

  it('survives names without end and records without bottom', () => {
    const coverage = new Coverage();
    let deep: unknown = 'deep text';
    for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? [deep] : { inner: deep };
    const wide = Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`name-${i}`, { a: 'x', [`b${i}`]: 'yy' }]),
    );
    coverage.add({ deep });
    coverage.add(wide);
    const counts = coverage.counts();
    expect(counts.fields.reduce((sum, field) => sum + field.characters, 0)).toBe(9 + 3 * 3000);
    expect(counts.fields.length).toBeLessThanOrEqual(400);
    const twice = new Coverage();
    twice.merge(counts);
    twice.merge(counts);
    expect(textCoverage(twice.counts()).characters).toBe(2 * (9 + 3 * 3000));
  });

  it('keeps the digest of a manifest that is written and read again, whatever its readings hold', async () => {
    for (const [name, content] of [
      ['file.json', JSON.stringify({ data: [{ id: 'a', question: 'Why?', response: textOf(0) }] })],
      ['file.jsonl', JSON.stringify({ id: 'a', prompt: 'Why?', chosen: textOf(0), rejected: textOf(1) })],
    ] as const) {
      const location = write(name, content);
      const { reading } = await detectFileLayout(location);
      expect(reading.prompts).toHaveLength(1);
      const manifest = await planScan(keys, [{ location, reading }]);
      expect(manifestDigest(parseManifest(formatManifest(manifest)))).toBe(manifestDigest(manifest));
    }
  });

  it('goes through a store of parts with the answer of each document', async () => {
    const location = writeLines([{ prompt: 'Why?', chosen: textOf(0), rejected: textOf(1) }]);
    const { manifest, parts } = await scan(location);
    const folder = join(directory, 'store');
    mkdirSync(folder);
    const store = new PartStore(folder, manifestDigest(manifest));
    writeFileSync(join(folder, 'part-000000.cmp'), formatPart(parts[0]!, manifest.settings.sampleSize));
    const read = await store.read(0);
    expect(read?.answers).toEqual(['chosen', 'rejected']);
    expect(read?.coverage).toEqual(parts[0]?.coverage);
  });
});

describe('the command', () => {
  const out = (): string => join(directory, `out-${made++}`);

  it('refuses what leaves most text out, with the command lines that answer, and takes each of them', async () => {
    const location = writeLines(
      Array.from({ length: 5 }, (_, i) => ({ answer: 'Yes.', chronicle: textOf(i) })),
    );
    const args = ['scan', '--key', keyFile, location];
    const refused = await run([...args, '--out', out()]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(
      'reads 1 % of the text of these records; the rest is in chronicle (99 %)',
    );
    const ways = refused.stderr.split('\n').filter((line) => line.startsWith('  countermark scan '));
    expect(ways.map((way) => way.slice(way.indexOf(' --out ')).replace(/^ --out \S+ /, ''))).toEqual([
      '--field answer --field chronicle',
      '--accept-coverage',
    ]);
    // The same answer five times is five documents: copies are left out within a record only.
    for (const [options, documents] of [
      [['--field', 'answer', '--field', 'chronicle'], 10],
      [['--accept-coverage'], 5],
    ] as const) {
      const place = out();
      const taken = await run([...args, ...options, '--out', place]);
      expect(taken.status, taken.stderr).toBe(0);
      expect(taken.stdout).toContain(' of the text of these records');
      const { files } = JSON.parse(readFileSync(join(place, 'summary.json'), 'utf8'));
      expect(files[0].documents).toBe(documents);
    }
  });

  it('never repeats the query of an address', async () => {
    const refused = await run([
      'scan',
      '--key',
      keyFile,
      'http://u:p@127.0.0.1:1/a.jsonl?sig=secret',
      '--out',
      out(),
    ]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).not.toMatch(/secret|u:p/);
  });

  it('says what is read in a plan, and explains records without a key', async () => {
    const messages = (i: number): unknown[] => [
      { role: 'user', content: `Why?\u001b[31m ${i}` },
      { role: 'assistant', reasoning_content: 'Because.', content: textOf(i) },
    ];
    const location = writeLines(Array.from({ length: 5 }, (_, i) => ({ id: i, messages: messages(i) })));
    const plan = await run(['plan', '--key', keyFile, location, '--out', out()]);
    expect(plan.status, plan.stderr).toBe(0);
    expect(plan.stderr).toContain('of user)');
    expect(plan.stdout).toContain('% of the text of these records');
    const explained = await run(['plan', '--explain', location]);
    expect(explained.status, explained.stderr).toBe(0);
    expect(explained.stderr).toBe('');
    // Records may hold what a terminal would obey.
    expect(explained.stdout).not.toContain('\u001b');
    expect(explained.stdout.split('\n').slice(3, 9)).toEqual([
      'line 1: 1 document (308 characters)',
      '  left out  messages[].role (of user): user',
      '  left out  messages[].content (of user): Why?\ufffd[31m 0',
      '  left out  messages[].role: assistant',
      '  tested    messages[].reasoning_content: Because.',
      `  tested    messages[].content: ${textOf(0)
        .replaceAll(/\p{Cc}/gu, '\ufffd')
        .slice(0, 160)} … 300 characters`,
    ]);
    expect(explained.stdout.match(/^line /gm)).toHaveLength(3);
    const command = `'${process.execPath}' '${COMMAND}' plan --explain '${location}' >&2`;
    const { written } = await runOnTerminal(200, ['sh', '-c', command]);
    const lines = written.split('\r\n');
    expect(lines).toContain('  \u001b[90mmessages[].role (of user): user\u001b[39m');
    expect(lines).toContain('  messages[].reasoning_content: Because.');
    expect((await run(['plan', location])).status).toBe(2);
    expect((await run(['plan', '--key', keyFile])).status).toBe(2);
  });

  it('writes several answers of a record of a stream each by itself', async () => {
    const record = { prompt: 'Why?', chosen: textOf(0), rejected: textOf(1) };
    const { stdout, status, stderr } = await run(['scan', '--key', keyFile, '--stdin', '--stdout'], {
      input: `${JSON.stringify(record)}\n`,
    });
    expect(status, stderr).toBe(0);
    const { countermark, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual(record);
    expect(countermark.answers.map(({ answer }: { answer: string }) => answer)).toEqual([
      'chosen',
      'rejected',
    ]);
    const tokens = countermark.answers.map((one: { tokens: number }) => one.tokens);
    expect(countermark.tokens).toBe(tokens[0] + tokens[1]);
  });
});
