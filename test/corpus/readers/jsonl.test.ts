import { truncateSync } from 'node:fs';
import { CorpusError } from '@countermark/corpus';
import { readShard } from '@countermark/corpus/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JSONL, readAll, readBytes, textsOf, writeFile } from './read-all.ts';

const PLAIN = '{"text":"a"}\n\n  \n{"text":"é漢😀"}\r\n{"text":"last"}';

describe('readShard of JSON lines', () => {
  it('reads a document a line, whatever the line ends, and counts blank lines without reading them', async () => {
    const all = await readBytes(PLAIN, JSONL);
    expect(all.failures).toEqual([]);
    expect(all.documents).toEqual([
      { record: 0, line: 0, byteOffset: 0, segments: ['a'] },
      { record: 1, line: 3, byteOffset: 17, segments: ['é漢😀'] },
      { record: 2, line: 4, byteOffset: 39, segments: ['last'] },
    ]);
    expect(all.count).toEqual({ records: 3, lines: 5, bytes: Buffer.byteLength(PLAIN) });
  });

  it('reads the same wherever the chunks of a read end', async () => {
    const whole = await readBytes(PLAIN, JSONL);
    for (let chunkBytes = 1; chunkBytes <= Buffer.byteLength(PLAIN); chunkBytes++)
      expect(await readBytes(PLAIN, JSONL, { chunkBytes })).toEqual(whole);
  });

  it('passes over a byte order mark at the start, in one chunk or several', async () => {
    for (const chunkBytes of [1, 2, 1024])
      expect(textsOf(await readBytes('\ufeff{"text":"a"}\n', JSONL, { chunkBytes }))).toEqual(['a']);
  });

  it('gives the same records in any ranges of bytes as in the whole file', async () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify({ text })),
      fc.constantFrom('', ' \t', '{broken', '{"other":1}', '{"text":null}'),
    );
    const file = fc
      .tuple(
        fc.boolean(),
        fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 12 }),
        fc.option(line, { nil: '' }),
      )
      .map(
        ([marked, lines, last]) =>
          `${marked ? '\ufeff' : ''}${lines.map((pair) => pair.join('')).join('')}${last}`,
      );
    await fc.assert(
      fc.asyncProperty(
        file,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        async (content, cuts, chunkBytes) => {
          const location = writeFile('file.jsonl', content);
          const size = Buffer.byteLength(content);
          const whole = await readAll({ location, reading: JSONL });
          const bounds = [0, ...cuts.map((cut) => Math.round(cut * size)).sort((a, b) => a - b), size];
          const parts = { documents: [] as unknown[], failures: [] as unknown[], records: 0, lines: 0 };
          for (const [i, end] of bounds.slice(1).entries()) {
            const range = { unit: 'bytes', start: bounds[i]!, end } as const;
            const part = await readAll({ location, reading: JSONL, range }, { chunkBytes });
            const inFile = (place: { record: number; line?: number }) => ({
              ...place,
              record: place.record + parts.records,
              line: place.line! + parts.lines,
            });
            parts.documents.push(...part.documents.map(inFile));
            parts.failures.push(...part.failures.map(inFile));
            parts.records += part.count.records;
            parts.lines += part.count.lines!;
          }
          const { records, lines } = whole.count;
          expect(parts).toEqual({ documents: whole.documents, failures: whole.failures, records, lines });
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('keeps all digits of ids that are integers of 64 bits', async () => {
    const ids = ['1234567890123456789', '9007199254740993', '-9223372036854775808', '7'];
    const content = ids.map((id) => `{"text":"a","id": ${id}}\n`).join('');
    const { documents } = await readBytes(content, { ...JSONL, idField: 'id' });
    expect(documents.map(({ id }) => id)).toEqual(ids);
  });

  it('fails each record that cannot be read on its own, and quotes none of it', async () => {
    const content = Buffer.concat([
      Buffer.from('{"text":"good"}\n{"text":"secret\n{"text":"'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"txet":"secret"}\n{"text":7}\n[1]\n{"text":"good"}\n'),
    ]);
    const all = await readBytes(content, JSONL);
    expect(all.failures.map(({ record, line, code }) => [record, line, code])).toEqual([
      [1, 1, 'invalid-json'],
      [2, 2, 'invalid-utf8'],
      [3, 3, 'field-missing'],
      [4, 4, 'field-type'],
      [5, 5, 'field-missing'],
    ]);
    expect(JSON.stringify(all.failures)).not.toContain('secret');
    expect(all.documents.map(({ record }) => record)).toEqual([0, 6]);
  });

  it('takes a replacement character that the file itself holds for text', async () => {
    expect(textsOf(await readBytes('{"text":"\ufffd"}', JSONL))).toEqual(['\ufffd']);
  });

  it('fails a record that is too long without holding it, and reads on after it', async () => {
    const long = Buffer.alloc(200 * 2 ** 20, 0x61);
    const content = Buffer.concat([Buffer.from('{"text":"a"}\n'), long, Buffer.from('\n{"text":"b"}\n')]);
    const location = writeFile('long.jsonl', content);
    const before = process.memoryUsage().rss;
    let most = 0;
    const all = await readAll(
      { location, reading: JSONL },
      {
        maxRecordBytes: 2 ** 20,
        onBytes: () => {
          most = Math.max(most, process.memoryUsage().rss - before);
        },
      },
    );
    expect(textsOf(all)).toEqual(['a', 'b']);
    expect(all.failures).toMatchObject([{ record: 1, line: 1, byteOffset: 13, code: 'too-long' }]);
    expect(most).toBeLessThan(50 * 2 ** 20);
  });

  it('fails records of exactly one byte too many', async () => {
    const all = await readBytes('{"text":"ab"}\n{"text":"abc"}\n{"text":"abcd"}', JSONL, {
      maxRecordBytes: 14,
    });
    expect(textsOf(all)).toEqual(['ab', 'abc']);
    expect(all.failures.map(({ code }) => code)).toEqual(['too-long']);
  });

  it('passes over records that are to be skipped, without parsing them', async () => {
    const all = await readBytes('{broken\n{"text":"b"}\n{"text":"c"}\n', JSONL, { skip: new Set([0, 2]) });
    expect(all.failures).toEqual([]);
    expect(all.documents).toMatchObject([{ record: 1, segments: ['b'] }]);
    expect(all.count.records).toBe(3);
  });

  it('finds nothing in an empty file, nor in blank lines', async () => {
    expect((await readBytes('', JSONL)).count).toEqual({ records: 0, lines: 0, bytes: 0 });
    expect((await readBytes('\n\n', JSONL)).count).toEqual({ records: 0, lines: 2, bytes: 2 });
  });

  it('keeps batches small', async () => {
    const content =
      `${JSON.stringify({ text: 'x'.repeat(100_000) })}\n`.repeat(40) + '{"text":"y"}\n'.repeat(1000);
    const location = writeFile('file.jsonl', content);
    const sizes: number[] = [];
    for await (const batch of readShard({ location, reading: JSONL })) {
      sizes.push(batch.length);
      expect(JSON.stringify(batch).length).toBeLessThan(1.3e6);
    }
    expect(Math.max(...sizes)).toBe(256);
    expect(sizes.reduce((a, b) => a + b)).toBe(1040);
  });

  it('refuses a file that is not there, a directory, and one that shrinks while it is read', async () => {
    const missing = readBytesAt('/nowhere/file.jsonl');
    await expect(missing).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('no such file or directory'),
    });
    await expect(missing).rejects.toBeInstanceOf(CorpusError);
    await expect(readBytesAt('/')).rejects.toMatchObject({ code: 'unreadable' });
    const location = writeFile('file.jsonl', '{"text":"a"}\n'.repeat(1000));
    const shrinking = readAll(
      { location, reading: JSONL },
      { chunkBytes: 100, onBytes: () => truncateSync(location, 500) },
    );
    await expect(shrinking).rejects.toMatchObject({ code: 'truncated' });
  });

  it('stops where it is told to', async () => {
    const stop = new AbortController();
    const location = writeFile('file.jsonl', '{"text":"a"}\n'.repeat(10_000));
    const reading = readAll(
      { location, reading: JSONL },
      { chunkBytes: 1000, signal: stop.signal, onBytes: () => stop.abort(new Error('enough')) },
    );
    await expect(reading).rejects.toThrow('enough');
  });

  it('refuses options out of their range', async () => {
    await expect(readBytes('', JSONL, { maxRecordBytes: 0 })).rejects.toThrow(RangeError);
    await expect(readBytes('', JSONL, { chunkBytes: 1.5 })).rejects.toThrow(RangeError);
  });
});

function readBytesAt(location: string): Promise<unknown> {
  return readAll({ location, reading: JSONL });
}
