import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { detectFileLayout, type FileLayout } from '@countermark/corpus';
import { planShards, readShard } from '@countermark/corpus/internal';
import { parquetMetadata, type SchemaElement } from 'hyparquet';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { idsOf, readAll, readBytes, textsOf, writeFile } from './read-all.ts';

const ROWS = 100;
const GROUP_ROWS = 30;
const TEXTS = Array.from({ length: ROWS }, (_, i) => `téxt ${i} ${'word '.repeat(i)}`);
const IDS = Array.from({ length: ROWS }, (_, i) => Array.from({ length: i % 7 }, (_, j) => 1000 * i + j));
const CHATS = Array.from({ length: ROWS }, (_, i) => [
  { role: 'user', content: `question ${i}` },
  { role: 'assistant', content: `answer ${i}` },
]);

type Codec = 'UNCOMPRESSED' | 'SNAPPY';

function write(columnData: ColumnSource[], codec: Codec = 'SNAPPY'): Buffer {
  return Buffer.from(parquetWriteBuffer({ columnData, codec, rowGroupSize: GROUP_ROWS }));
}

/** Lists of integers, as other writers store them. */
function writeLists(lists: Readonly<Record<string, unknown[]>>, type: 'INT32' | 'INT64'): Buffer {
  const names = Object.keys(lists);
  const schema: SchemaElement[] = [
    { name: 'root', num_children: names.length },
    ...names.flatMap((name): SchemaElement[] => [
      { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', type },
    ]),
  ];
  const columnData = names.map((name) => ({ name, data: lists[name]! }));
  return Buffer.from(parquetWriteBuffer({ columnData, schema, rowGroupSize: GROUP_ROWS }));
}

const FILE = write([
  { name: 'id', data: IDS.map((_, i) => `row${i}`), type: 'STRING' },
  { name: 'text', data: TEXTS.map((text, i) => (i === 5 ? null : text)), type: 'STRING', nullable: true },
  { name: 'ids', data: IDS },
  { name: 'messages', data: CHATS },
]);

const TEXT: FileLayout = {
  format: 'parquet',
  compression: 'none',
  layout: { kind: 'text', field: 'text' },
  idField: 'id',
};

/** Made by vectors/gen/parquet.py. */
const VECTORS = new URL('../../vectors/parquet/', import.meta.url);
const NUMBERS = Array.from({ length: ROWS }, (_, i) =>
  Array.from({ length: i }, (__, k) => i * k * k).join(' '),
);

describe.each(readdirSync(VECTORS))("readShard of another writer's file: %s", (name) => {
  const location = fileURLToPath(new URL(name, VECTORS));

  it('reads texts and ids of records', async () => {
    const all = await readAll({ location, reading: TEXT });
    expect(all.failures).toEqual([]);
    expect(all.documents).toEqual(
      NUMBERS.map((numbers, record) => ({
        record,
        id: `row${record}`,
        segments: record === 5 ? [] : [`téxt ${record} ${'word '.repeat(20 * record)}${numbers}`],
      })),
    );
  });

  it('reads lists of token ids', async () => {
    const all = await readAll({ location, reading: { ...TEXT, layout: { kind: 'ids', field: 'ids' } } });
    expect(all.failures).toEqual([]);
    expect(idsOf(all)).toEqual(IDS);
  });
});

describe('readShard of Parquet', () => {
  it('reads texts and ids of records; a null is a document without segments', async () => {
    const all = await readBytes(FILE, TEXT);
    expect(all.failures).toEqual([]);
    expect(all.documents).toEqual(
      TEXTS.map((text, record) => ({ record, id: `row${record}`, segments: record === 5 ? [] : [text] })),
    );
    expect(all.count.records).toBe(ROWS);
  });

  it('reads lists of token ids', async () => {
    // As lists, and as JSON in a text.
    for (const file of [writeLists({ ids: IDS }, 'INT32'), FILE]) {
      const all = await readBytes(file, { ...TEXT, layout: { kind: 'ids', field: 'ids' } });
      expect(idsOf(all)).toEqual(IDS);
      expect(all.failures).toEqual([]);
    }
  });

  it('reads lists of token ids of 64 bits', async () => {
    const file = writeLists(
      { ids: [[1n, 2n], [], [2n ** 32n - 1n]], far: [[1n], [2n ** 32n], [-1n]] },
      'INT64',
    );
    expect(idsOf(await readBytes(file, { ...TEXT, layout: { kind: 'ids', field: 'ids' } }))).toEqual([
      [1, 2],
      [],
      [2 ** 32 - 1],
    ]);
    const far = await readBytes(file, { ...TEXT, layout: { kind: 'ids', field: 'far' } });
    expect(far.failures.map(({ record, code }) => [record, code])).toEqual([
      [1, 'token-out-of-range'],
      [2, 'token-out-of-range'],
    ]);
  });

  it('reads chats that are stored as JSON', async () => {
    const file = write([
      { name: 'messages', data: CHATS.map((chat) => JSON.stringify(chat)), type: 'STRING' },
    ]);
    const layout = {
      kind: 'chat',
      field: 'messages',
      roleField: 'role',
      contentField: 'content',
      roles: ['assistant'],
    } as const;
    expect(textsOf(await readBytes(file, { ...TEXT, layout }))).toEqual(CHATS.map((_, i) => `answer ${i}`));
    expect(textsOf(await readBytes(FILE, { ...TEXT, layout }))).toEqual(CHATS.map((_, i) => `answer ${i}`));
  });

  it('reads chats that are stored as lists of structures', async () => {
    const columnData = [{ name: 'messages', data: CHATS }];
    const schema = [
      { name: 'root', num_children: 1 },
      { name: 'messages', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 },
      { name: 'role', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      { name: 'content', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
    ] as const;
    const file = Buffer.from(
      parquetWriteBuffer({ columnData, schema: [...schema], rowGroupSize: GROUP_ROWS }),
    );
    const layout = {
      kind: 'chat',
      field: 'messages',
      roleField: 'role',
      contentField: 'content',
      roles: ['user'],
    } as const;
    expect(textsOf(await readBytes(file, { ...TEXT, layout }))).toEqual(CHATS.map((_, i) => `question ${i}`));
  });

  it('reads the same in ranges of row groups as in the whole file', async () => {
    const location = writeFile('file.parquet', FILE);
    const shards = await planShards([{ location, reading: TEXT }], { shardBytes: 1 });
    expect(shards.map(({ range }) => range)).toEqual(
      [0, 1, 2, 3].map((start) => ({ unit: 'row-groups', start, end: start + 1 })),
    );
    const parts = await Promise.all(shards.map((shard) => readAll(shard)));
    expect(parts.map(({ count }) => count.records)).toEqual([30, 30, 30, 10]);
    expect(parts.flatMap(({ documents }) => documents.map(({ id }) => id))).toEqual(
      TEXTS.map((_, i) => `row${i}`),
    );
    await expect(
      readAll({ ...shards[0]!, range: { unit: 'row-groups', start: 3, end: 5 } }),
    ).rejects.toMatchObject({ code: 'truncated' });
  });

  it('reads only the columns that are needed', async () => {
    const location = writeFile('file.parquet', FILE);
    const [shard] = await planShards([{ location, reading: TEXT }]);
    expect(shard!.bytes).toBeLessThan(FILE.length / 2);
  });

  it('fails all rows that a damaged page loses, and reads the other row groups', async () => {
    const damaged = Buffer.from(FILE);
    const { row_groups } = parquetMetadata(
      FILE.buffer.slice(FILE.byteOffset, FILE.byteOffset + FILE.length) as ArrayBuffer,
    );
    const text = row_groups[1]!.columns.find(({ meta_data }) => meta_data!.path_in_schema[0] === 'text')!
      .meta_data!;
    const start = Number(text.dictionary_page_offset ?? text.data_page_offset);
    damaged.fill(0xff, start, start + Number(text.total_compressed_size));
    const all = await readBytes(damaged, TEXT);
    expect(all.failures).toMatchObject([{ record: GROUP_ROWS, code: 'damaged', rows: GROUP_ROWS }]);
    expect(all.documents).toHaveLength(ROWS - GROUP_ROWS);
    expect(all.documents[GROUP_ROWS]).toMatchObject({ record: 2 * GROUP_ROWS, id: `row${2 * GROUP_ROWS}` });
    expect(all.count.records).toBe(ROWS);
  });

  it('never loses a row in silence, wherever the file is damaged', async () => {
    const metadata = parquetMetadata(
      FILE.buffer.slice(FILE.byteOffset, FILE.byteOffset + FILE.length) as ArrayBuffer,
    );
    const dataEnd = FILE.length - metadata.metadata_length - 8;
    for (let at = 4; at < dataEnd; at += 97) {
      const damaged = Buffer.from(FILE);
      damaged.fill(0xa5, at, at + 20);
      const all = await readBytes(damaged, TEXT);
      const lost = all.failures.reduce((rows, failure) => rows + (failure.rows ?? 1), 0);
      expect(all.documents.length + lost).toBe(ROWS);
      expect(all.count.records).toBe(ROWS);
    }
  });

  it('fails texts that are not UTF-8, one by one', async () => {
    const bytes = [Buffer.from('good'), Buffer.from([0xff, 0xfe]), Buffer.from('\ufffd')].map((text) =>
      Uint8Array.from(text),
    );
    const file = write([{ name: 'text', data: bytes, type: 'BYTE_ARRAY' }]);
    const all = await readBytes(file, TEXT);
    expect(textsOf(all)).toEqual(['good', '\ufffd']);
    expect(all.failures).toMatchObject([{ record: 1, code: 'invalid-utf8' }]);
  });

  it('fails all rows of a file without the column', async () => {
    const all = await readBytes(FILE, { ...TEXT, layout: { kind: 'text', field: 'body' } });
    expect(all.documents).toEqual([]);
    expect(all.failures.map(({ code, rows }) => [code, rows])).toEqual(
      [30, 30, 30, 10].map((rows) => ['field-missing', rows]),
    );
  });

  it('fails all rows that are compressed in a way that nothing here reads, and says which', async () => {
    const file = Buffer.from(
      parquetWriteBuffer({
        columnData: [{ name: 'text', data: TEXTS, type: 'STRING' }],
        codec: 'LZO',
        compressors: { LZO: (bytes) => bytes },
        rowGroupSize: GROUP_ROWS,
      }),
    );
    const all = await readBytes(file, TEXT);
    expect(all.documents).toEqual([]);
    expect(all.failures.map(({ rows }) => rows)).toEqual([30, 30, 30, 10]);
    for (const { message } of all.failures) expect(message).toMatch(/cannot be decoded: .* codec: LZO$/);
    await expect(detectFileLayout(writeFile('file.parquet', file))).rejects.toMatchObject({
      code: 'layout-unknown',
      message: expect.stringMatching(/none of the first 30 records can be read: .* codec: LZO$/),
    });
  });

  it('passes over rows that are to be skipped', async () => {
    const all = await readBytes(FILE, TEXT, { skip: new Set([0, 99]) });
    expect(all.documents.map(({ record }) => record)).toEqual(Array.from({ length: 98 }, (_, i) => i + 1));
    expect(all.count.records).toBe(ROWS);
  });

  it('reads a file that is compressed as a whole, and refuses one that is cut short', async () => {
    const packed = gzipSync(FILE);
    expect((await readBytes(packed, { ...TEXT, compression: 'gzip' })).documents).toHaveLength(ROWS);
    const cut = readBytes(packed.subarray(0, -20), { ...TEXT, compression: 'gzip' });
    await expect(cut).rejects.toMatchObject({ code: 'damaged' });
  });

  it('refuses what is no Parquet file', async () => {
    for (const content of ['', 'PAR1', FILE.subarray(0, -1), FILE.subarray(0, 100)])
      await expect(readBytes(content, TEXT)).rejects.toMatchObject({ code: 'damaged' });
  });

  it('finds nothing in a file without rows', async () => {
    const all = await readBytes(write([{ name: 'text', data: [], type: 'STRING' }]), TEXT);
    expect(all).toMatchObject({ documents: [], failures: [], count: { records: 0 } });
  });

  it('keeps batches small', async () => {
    const location = writeFile(
      'file.parquet',
      write([{ name: 'text', data: Array(2000).fill('x'), type: 'STRING' }]),
    );
    for await (const batch of readShard({ location, reading: TEXT }))
      expect(batch.length).toBeLessThanOrEqual(256);
  });
});
