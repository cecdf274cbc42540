import type { FileLayout } from '@countermark/corpus';
import { describe, expect, it } from 'vitest';
import { readBytes, textsOf } from './read-all.ts';

const CSV: FileLayout = {
  format: 'csv',
  compression: 'none',
  layout: { kind: 'text', field: 'text' },
  idField: 'id',
};

describe('readShard of CSV', () => {
  it('reads rows with quotes and line ends in them, wherever chunks end', async () => {
    const content = '\ufeffid,text\r\n1,"a ""b"", c\nd"\r\n\r\n2,é\n3,\n';
    for (let chunkBytes = 1; chunkBytes <= 40; chunkBytes++) {
      const all = await readBytes(content, CSV, { chunkBytes });
      expect(all.failures).toEqual([]);
      expect(all.documents.map(({ id, segments }) => [id, segments])).toEqual([
        ['1', ['a "b", c\nd']],
        ['2', ['é']],
        ['3', []],
      ]);
    }
  });

  it('says where rows start', async () => {
    const all = await readBytes('\ufeffid,text\n1,"a\nb"\n2,c\n', CSV);
    expect(all.documents.map(({ line, byteOffset }) => [line, byteOffset])).toEqual([
      [1, 11],
      [3, 19],
    ]);
  });

  it('reads fields between tabs', async () => {
    expect(textsOf(await readBytes('id\ttext\n1\ta, b\n', { ...CSV, format: 'tsv' }))).toEqual(['a, b']);
  });

  it('fails rows on their own and reads on: of another length, not UTF-8, too long', async () => {
    const content = Buffer.concat([
      Buffer.from('id,text\n1\n2,b,more\n3,'),
      Buffer.from([0xff]),
      Buffer.from(`\n4,${'x'.repeat(60)}\n5,say "so"\n`),
    ]);
    const all = await readBytes(content, CSV, { maxRecordBytes: 50 });
    expect(textsOf(all)).toEqual(['say "so"']);
    expect(all.failures.map(({ record, line, code }) => [record, line, code])).toEqual([
      [0, 1, 'invalid-csv'],
      [1, 2, 'invalid-csv'],
      [2, 3, 'invalid-utf8'],
      [3, 4, 'too-long'],
    ]);
    expect(all.count.records).toBe(5);
  });

  it('says that a quote which is never closed takes the rest', async () => {
    const all = await readBytes('id,text\n1,a\n2,"b\n3,c\n', CSV);
    expect(textsOf(all)).toEqual(['a']);
    expect(all.failures).toMatchObject([{ record: 1, line: 2, byteOffset: 12, code: 'invalid-csv' }]);
    const long = await readBytes(`id,text\n1,a\n2,"${'b'.repeat(300_000)}`, CSV, { maxRecordBytes: 1000 });
    expect(textsOf(long)).toEqual(['a']);
    expect(long.failures).toMatchObject([{ record: 1, byteOffset: 12, code: 'too-long' }]);
  });

  it('finds nothing in an empty file or below a header', async () => {
    expect((await readBytes('', CSV)).count.records).toBe(0);
    expect((await readBytes('id,text\n', CSV)).count.records).toBe(0);
  });

  it('passes over rows that are to be skipped', async () => {
    const all = await readBytes('id,text\n1,a\n2,b\n', CSV, { skip: new Set([0]) });
    expect(all.documents).toMatchObject([{ record: 1, id: '2' }]);
  });
});
