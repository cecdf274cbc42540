import type { FileLayout } from '@countermark/corpus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes, textsOf } from './read-all.ts';

const JSON_LIST: FileLayout = {
  format: 'json',
  compression: 'none',
  layout: { kind: 'text', field: 'text' },
};
const IN_FIELD: FileLayout = { ...JSON_LIST, recordsField: 'data' };

describe('readShard of JSON', () => {
  it('reads a list of records, with their places in bytes, wherever chunks end', async () => {
    const content = '\ufeff [ {"text":"é]\\"}"},\n{"text":"b","n":[1,{"x":"]"}]} ,{"text":"c"}]\n';
    for (let chunkBytes = 1; chunkBytes <= 80; chunkBytes++) {
      const all = await readBytes(content, JSON_LIST, { chunkBytes });
      expect(all.failures).toEqual([]);
      expect(textsOf(all)).toEqual(['é]"}', 'b', 'c']);
      const bytes = Buffer.from(content);
      for (const { byteOffset } of all.documents)
        expect(bytes.toString('utf8', byteOffset, byteOffset! + 8)).toBe('{"text":');
    }
  });

  it('reads the list in a field of an object, and one record that is an object', async () => {
    const content =
      '{"version":1,"meta":{"data":[{"text":"no"}]},"data":[{"text":"a"},{"text":"b"}],"end":[3]}';
    for (const chunkBytes of [1, 7, 1024])
      expect(textsOf(await readBytes(content, IN_FIELD, { chunkBytes }))).toEqual(['a', 'b']);
    expect(textsOf(await readBytes('{"text":"one","data":[{"text":"a"}]}', JSON_LIST))).toEqual(['one']);
  });

  it('reads what JSON.stringify writes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ text: fc.string({ unit: 'binary', minLength: 1 }), more: fc.jsonValue() }), {
          maxLength: 6,
        }),
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 1, max: 60 }),
        async (records, indent, chunkBytes) => {
          const texts = records.map(({ text }) => text);
          const list = JSON.stringify(records, undefined, indent);
          expect(textsOf(await readBytes(list, JSON_LIST, { chunkBytes }))).toEqual(texts);
          const object = JSON.stringify({ before: records, data: records, after: [1] }, undefined, indent);
          expect(textsOf(await readBytes(object, IN_FIELD, { chunkBytes }))).toEqual(texts);
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  it('fails records on their own: broken, too long, not UTF-8, of the wrong kind', async () => {
    const content = Buffer.concat([
      Buffer.from('[{"text":"a"},{"text":oops},{"text":"'),
      Buffer.from([0xc3]),
      Buffer.from(`"},7,{"text":"${'x'.repeat(100)}"},{"text":"b"}]`),
    ]);
    const all = await readBytes(content, JSON_LIST, { maxRecordBytes: 50, chunkBytes: 10 });
    expect(textsOf(all)).toEqual(['a', 'b']);
    expect(all.failures.map(({ record, code }) => [record, code])).toEqual([
      [1, 'invalid-json'],
      [2, 'invalid-utf8'],
      [3, 'field-missing'],
      [4, 'too-long'],
    ]);
  });

  it.each([
    ['[{"text":"a"},{"te', 14],
    ['[{"text":"a"}', 13],
    ['[{"text":"a"} {"text":"b"}]', 14],
    ['[{"text":"a"}]]', 14],
  ])('keeps what comes before the damage in %s', async (content, byteOffset) => {
    const all = await readBytes(content, JSON_LIST);
    expect(textsOf(all)).toEqual(['a']);
    expect(all.failures).toMatchObject([{ record: 1, byteOffset, code: 'damaged' }]);
    expect(all.count.records).toBe(2);
  });

  it('fails a file without the list that it should hold', async () => {
    for (const content of ['{"other":[{"text":"a"}]}', '{"data":3}', '[{"text":"a"}]'])
      expect((await readBytes(content, IN_FIELD)).failures).toMatchObject([{ code: 'damaged' }]);
  });

  it('finds nothing in an empty list or file', async () => {
    for (const content of ['[]', ' [ \n ] ', '']) {
      const all = await readBytes(content, JSON_LIST);
      expect(all).toMatchObject({ documents: [], failures: [], count: { records: 0 } });
    }
  });
});
