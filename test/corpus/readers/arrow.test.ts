import type { FileLayout } from '@countermark/corpus';
import {
  Field,
  Int32,
  Int64,
  List,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Struct,
  Table,
  tableFromIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { idsOf, readBytes, textsOf } from './read-all.ts';

const TEXTS = ['a', 'é漢', null, '', 'last'];
const IDS = [[1, 2, 3], [], null, [4], [70_000]];
const CHAT = [
  { role: 'user', content: 'q' },
  { role: 'assistant', content: 'a' },
];

const turn = new Struct([new Field('role', new Utf8()), new Field('content', new Utf8())]);

/** A table of two record batches, with the same rows in each. */
function table(): Table {
  const batch = new Table({
    id: vectorFromArray(
      TEXTS.map((_, i) => i),
      new Int32(),
    ),
    text: vectorFromArray(TEXTS, new Utf8()),
    kind: vectorFromArray(['x', 'y', 'x', 'y', 'x']),
    ids: vectorFromArray(IDS, new List(new Field('item', new Int32()))),
    long: vectorFromArray(
      IDS.map((ids) => ids?.map(BigInt) ?? null),
      new List(new Field('item', new Int64())),
    ),
    messages: vectorFromArray(
      TEXTS.map(() => CHAT),
      new List(new Field('item', turn)),
    ),
  });
  return new Table([...batch.batches, ...batch.batches]);
}

const STREAM = Buffer.from(RecordBatchStreamWriter.writeAll(table()).toUint8Array(true));
const FILE = Buffer.from(RecordBatchFileWriter.writeAll(table()).toUint8Array(true));

/** A stream with 300 rows of `the same text`, its buffers compressed by zstd 1.5. */
const ZSTD = [
  '/////3gAAAAQAAAAAAAKABAADgAHAAgACgAAAAAAAAEQAAAAAAAEAAgACAAAAAQACAAAAAQAAAABAAAAFAAAABAAGAAEAAsA',
  'EwAUAAAADAAQAAAAFAAAAAAAAAEYAAAAAAAABRgAAAAEAAAAdGV4dAAAAAAAAAAABAAEAAQAAAD/////sAAAABQAAAAAAAAA',
  'DAAYABYADwAQAAQADAAAALgBAAAAAAAAAAAAAxQAAAAAAAQADAAeABAADAAIAAQADAAAACAAAAAkAAAAWAAAACwBAAAAAAAA',
  'AAAAAAAABgAIAAcABgAAAAAAAAEDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAiwEAAAAAAACQAQAAAAAAACYAAAAAAAAA',
  'AAAAAAEAAAAsAQAAAAAAAAAAAAAAAAAAgwEAAAAAAAAotS/9AGjVCwAEFgANGic0QU5baHWCj5yptsPQ3er3BAEAABEeKzhF',
  'Ul9seYaToK26x9Th7vsIAgAAFSIvPElWY3B9ipeksb7L2OXy/wwDAAAZJjNATVpndIGOm6i1ws/c6fYDBAAAEB0qN0RRXmt4',
  'hZKfrLnG0+Dt+gcFAAAUIS47SFVib3yJlqOwvcrX5PH+CwYAABglMj9MWWZzgI2ap7TBztvo9QIHAAAPHCk2Q1BdaneEkZ6r',
  'uMXS3+z5BggAABMgLTpHVGFue4iVoq+8ydbj8P0KCQAAFyQxPktYZXJ/jJmms8DN2uf0AQoAAA4bKDVCT1xpdoOQnaq3xNHe',
  '6/gFCwAAEh8sOUZTYG16h5ShrrvI1eLv/AkMAAAWIzA9SldkcX6LmKWyv8zZ5vMADQAADRonNEFOW2h1go+cqbbD0N3q9wQO',
  'AAARHis4RVJfbHmGk6CtusfU4e77CA8AABUiLw8AADwPAACBHKQR4MsD4R8AQN4E6RbImyBvgnQzXUoAAAAAAB4AAAAAAAAA',
  'KLUv/QBorQAAaHRoZSBzYW1lIHRleHQBACwHf34BAAD/////AAAAAA==',
].join('');

const ARROW: FileLayout = {
  format: 'arrow',
  compression: 'none',
  layout: { kind: 'text', field: 'text' },
  idField: 'id',
};

describe.each([
  ['stream', STREAM],
  ['file', FILE],
])('readShard of an Arrow IPC %s', (_, content) => {
  it('reads texts of all record batches, wherever chunks end', async () => {
    for (const chunkBytes of [1, 5, 64, 2 ** 20]) {
      const all = await readBytes(content, ARROW, { chunkBytes });
      expect(all.failures).toEqual([]);
      expect(all.documents).toEqual(
        [...TEXTS, ...TEXTS].map((text, record) => ({
          record,
          id: String(record % 5),
          segments: text === null || text === '' ? [] : [text],
        })),
      );
    }
  });

  it('reads token ids, dictionaries and chats', async () => {
    const ids = [...IDS, ...IDS].map((list) => list ?? []);
    expect(idsOf(await readBytes(content, { ...ARROW, layout: { kind: 'ids', field: 'ids' } }))).toEqual(ids);
    expect(idsOf(await readBytes(content, { ...ARROW, layout: { kind: 'ids', field: 'long' } }))).toEqual(
      ids,
    );
    const kinds = await readBytes(content, { ...ARROW, layout: { kind: 'text', field: 'kind' } });
    expect(textsOf(kinds).join('')).toBe('xyxyxxyxyx');
    const layout = {
      kind: 'chat',
      field: 'messages',
      roleField: 'role',
      contentField: 'content',
      roles: ['assistant'],
    } as const;
    expect(textsOf(await readBytes(content, { ...ARROW, layout }))).toEqual(Array(10).fill('a'));
  });

  it('keeps what comes before a cut, and says that the rest is lost', async () => {
    let kept = 0;
    const lengths = Array.from({ length: content.length }, (_, i) => i).filter(
      (i) => i % 41 === 1 || i > content.length - 12,
    );
    for (const length of lengths) {
      try {
        const all = await readBytes(content.subarray(0, length), ARROW);
        expect([0, 5, 10]).toContain(all.documents.length);
        expect(all.failures).toMatchObject([{ record: all.documents.length, code: 'damaged' }]);
        kept = Math.max(kept, all.documents.length);
      } catch (error) {
        expect(error).toMatchObject({ code: 'damaged' });
      }
    }
    // Arrow for JavaScript leaves the schema of a file to its footer, without which nothing of it can be read.
    expect(kept).toBe(content === FILE ? 0 : 10);
  });

  it('fails texts that are not UTF-8, one by one', async () => {
    const damaged = Buffer.from(content);
    damaged[damaged.lastIndexOf('last')] = 0xff;
    const all = await readBytes(damaged, ARROW);
    expect(all.failures).toMatchObject([{ record: 9, code: 'invalid-utf8' }]);
    expect(all.documents).toHaveLength(9);
  });

  it('fails all rows without the column, and passes over rows that are to be skipped', async () => {
    const all = await readBytes(
      content,
      { ...ARROW, layout: { kind: 'text', field: 'body' } },
      { skip: new Set([3]) },
    );
    expect(all.documents).toEqual([]);
    expect(all.failures.map(({ code }) => code)).toEqual(Array(9).fill('field-missing'));
    expect(all.count.records).toBe(10);
  });
});

describe('readShard of Arrow', () => {
  it('refuses what is no Arrow data', async () => {
    for (const content of ['no Arrow data at all', 'ARROW1\0\0'])
      await expect(readBytes(content, ARROW)).rejects.toMatchObject({ code: 'damaged' });
  });

  it('reads buffers that are compressed with Zstandard', async () => {
    expect(textsOf(await readBytes(Buffer.from(ZSTD, 'base64'), ARROW))).toEqual(
      Array(300).fill('the same text'),
    );
  });

  it('finds nothing in a table without rows', async () => {
    const none = new Table({ text: vectorFromArray([], new Utf8()) });
    const content = RecordBatchStreamWriter.writeAll(none).toUint8Array(true);
    expect(tableFromIPC(content).numRows).toBe(0);
    expect(await readBytes(content, ARROW)).toMatchObject({
      documents: [],
      failures: [],
      count: { records: 0 },
    });
  });
});
