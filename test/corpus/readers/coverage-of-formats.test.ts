import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectFileLayout, type FileWishes } from '@countermark/corpus';
import { explainFile, planInputs, type TextCoverage } from '@countermark/corpus/driver';
import { Coverage, readShard, textCoverage } from '@countermark/corpus/internal';
import { RecordBatchStreamWriter, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { keyFrom } from '../../support/random-key.ts';
import { makeDirectory, writeFile } from './read-all.ts';

const ANSWER = 'The answer of a model, in a sentence of some length that reads like one.';
const NOTE = 'what nobody reads';

/** A tar archive (POSIX ustar) of these files. */
function tarOf(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const bytes = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('0', 156);
    header.write('ustar\x0000', 257);
    header.fill(' ', 148, 156);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const ROWS = 5;
const texts = (text: string): string[] => Array(ROWS).fill(text);
const jsonl = (record: object): string => `${JSON.stringify(record)}\n`.repeat(ROWS);
const parquet = (): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'text', data: texts(ANSWER) },
        { name: 'note', data: texts(NOTE) },
      ],
    }),
  );
const arrow = (): Uint8Array =>
  RecordBatchStreamWriter.writeAll(
    new Table({
      text: vectorFromArray(texts(ANSWER), new Utf8()),
      note: vectorFromArray(texts(NOTE), new Utf8()),
    }),
  ).toUint8Array(true);

/** How much of a file's text is read by a scan. */
async function coverageOf(location: string, wishes: FileWishes = {}): Promise<TextCoverage> {
  const { reading } = await detectFileLayout(location, wishes);
  const coverage = new Coverage();
  for await (const _ of readShard({ location, reading }, { coverage }));
  return textCoverage(coverage.counts());
}

describe('coverage of a format', () => {
  it.each([
    ['a.jsonl', jsonl({ text: ANSWER, note: NOTE })],
    ['a.csv', `text,note\n${`"${ANSWER}",${NOTE}\n`.repeat(ROWS)}`],
    ['a.arrow', arrow()],
    ['a.tar', tarOf({ 'in/a.jsonl': jsonl({ text: ANSWER, note: NOTE }) })],
    ['b.tar', tarOf({ 'in/a.arrow': arrow() })],
  ])('counts what is read of %s, and what is not', async (name, content) => {
    const coverage = await coverageOf(writeFile(name, content));
    expect(coverage).toMatchObject({
      characters: ROWS * (ANSWER.length + NOTE.length),
      tested: ROWS * ANSWER.length,
      documents: ROWS,
      approximate: false,
      rest: [{ field: 'note', why: 'unread', characters: ROWS * NOTE.length }],
    });
  });

  it.each([
    ['a.parquet', parquet()],
    ['c.tar', tarOf({ 'in/a.parquet': parquet() })],
  ])('takes what a file states of columns that are not decoded: %s', async (name, content) => {
    expect(await coverageOf(writeFile(name, content))).toMatchObject({
      tested: ROWS * ANSWER.length,
      documents: ROWS,
      approximate: true,
      rest: [{ field: 'note', why: 'unread' }],
    });
  });

  it('adds the members of an archive up, of several formats', async () => {
    const archive = tarOf({ 'a.jsonl': jsonl({ text: ANSWER, note: NOTE }), 'b.txt': 'plain', 'c.png': 'x' });
    expect(await coverageOf(writeFile('d.tar', archive))).toMatchObject({
      characters: ROWS * (ANSWER.length + NOTE.length) + 5,
      tested: ROWS * ANSWER.length + 5,
      documents: ROWS + 1,
    });
  });

  it('counts the text of pages, and their addresses as left out', async () => {
    const page = `WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: http://a/\r\nContent-Type: text/plain\r\nContent-Length: ${ANSWER.length}\r\n\r\n${ANSWER}\r\n\r\n`;
    expect(await coverageOf(writeFile('a.warc', page))).toMatchObject({
      tested: ANSWER.length,
      documents: 1,
      rest: [{ field: 'uri', why: 'unread', characters: 9 }],
    });
  });

  it('has no text where there are token ids only', async () => {
    const ids = Buffer.from(Uint16Array.from({ length: 40 }, (_, i) => i).buffer);
    const location = writeFile('a.bin', ids);
    expect(await detectFileLayout(location, { idBytes: 2 })).not.toHaveProperty('coverage');
    expect(await coverageOf(location, { idBytes: 2 })).toMatchObject({
      characters: 0,
      tokenIds: 40,
      share: 1,
      rest: [],
    });
  });
});

describe('an archive', () => {
  it('gives every answer of its members’ records a document, under their names', async () => {
    const record = {
      choices: [
        { message: { role: 'assistant', content: ANSWER } },
        { message: { role: 'assistant', content: `${ANSWER} Again.` } },
      ],
    };
    const location = writeFile('e.tar', tarOf({ 'in/a.jsonl': jsonl(record) }));
    const { reading } = await detectFileLayout(location);
    const documents: unknown[] = [];
    for await (const batch of readShard({ location, reading }))
      documents.push(...batch.map(({ document }) => [document?.id, document?.answer]));
    expect(documents).toHaveLength(2 * ROWS);
    expect(documents.slice(0, 2)).toEqual([
      ['in/a.jsonl#0', 'choices[0].message'],
      ['in/a.jsonl#0', 'choices[1].message'],
    ]);
  });

  it('is explained as it will be read, with all fields of its members', async () => {
    const { records, detected } = await explainFile(writeFile('f.tar', tarOf({ 'a.parquet': parquet() })));
    expect(detected.coverage).toMatchObject({ documents: ROWS });
    expect(records[0]).toMatchObject({
      texts: [
        { field: 'text', fate: 'tested' },
        { field: 'note', fate: 'unread' },
      ],
    });
  });
});

describe('planInputs', () => {
  const low = jsonl({
    prompt: 'short',
    messages: [{ role: 'assistant', content: 'Yes.' }],
    chronicle: ANSWER.repeat(20),
  });

  it('ends with a question where most of a file’s text would be left out, though others can be read', async () => {
    const directory = makeDirectory();
    mkdirSync(join(directory, 'in'));
    writeFileSync(join(directory, 'in', 'a.jsonl'), jsonl({ text: ANSWER }));
    for (const [name, content] of [
      ['b.jsonl', low],
      ['b.tar', tarOf({ 'x.jsonl': low })],
    ] as const) {
      writeFileSync(join(directory, 'in', name), content);
      const plan = (acceptCoverage: boolean) =>
        planInputs(
          [keyFrom('coverage', 1000)],
          {
            inputs: [join(directory, 'in', 'a.jsonl'), join(directory, 'in', name)],
            choose: (found) => found,
          },
          { reading: { acceptCoverage }, plan: {} },
        );
      const refusal = await plan(false).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'coverage-low', message: expect.stringContaining(name) });
      expect((refusal as { ways: string[][] }).ways).toContainEqual(['--accept-coverage']);
      expect((await plan(true)).files).toHaveLength(2);
    }
  });
});
