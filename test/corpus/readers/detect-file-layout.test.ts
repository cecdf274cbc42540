import { gzipSync } from 'node:zlib';
import { detectFileLayout, type FileWishes } from '@countermark/corpus';
import { RecordBatchStreamWriter, Table, vectorFromArray } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { readAll, textsOf, writeFile } from './read-all.ts';

function jsonl(...records: unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

function detect(
  name: string,
  content: string | Uint8Array,
  wishes: FileWishes = {},
): ReturnType<typeof detectFileLayout> {
  return detectFileLayout(writeFile(name, content), wishes);
}

async function layoutOf(record: unknown, wishes: FileWishes = {}): Promise<unknown> {
  return (await detect('file.jsonl', jsonl(record, record), wishes)).reading.layout;
}

const OPENAI = [
  { role: 'user', content: 'q' },
  { role: 'assistant', content: 'a' },
];
const SHARE_GPT = [
  { from: 'human', value: 'q' },
  { from: 'gpt', value: 'a' },
];

describe('detectFileLayout', () => {
  it.each([
    ['file.jsonl', jsonl({ text: 'a' }), 'jsonl', 'none'],
    ['file.NDJSON', jsonl({ text: 'a' }), 'jsonl', 'none'],
    ['file.jsonl.gz', gzipSync(jsonl({ text: 'a' })), 'jsonl', 'gzip'],
    ['gzip-without-a-name.jsonl', gzipSync(jsonl({ text: 'a' })), 'jsonl', 'gzip'],
    ['named-gzip.jsonl.gz', jsonl({ text: 'a' }), 'jsonl', 'none'],
    ['file.json', '[{"text":"a"}]', 'json', 'none'],
    ['lines.json', jsonl({ text: 'a' }, { text: 'b' }), 'jsonl', 'none'],
    ['file.txt', 'a', 'txt', 'none'],
    ['file.csv', 'text\na\n', 'csv', 'none'],
    ['file.tsv', 'text\tn\na\t1\n', 'tsv', 'none'],
    ['file.parquet', parquet(), 'parquet', 'none'],
    ['file.feather', arrow(), 'arrow', 'none'],
    ['file.bin', Buffer.alloc(8), 'bin', 'none'],
    ['file.bin.gz', gzipSync(Buffer.alloc(8)), 'bin', 'gzip'],
    ['parquet', parquet(), 'parquet', 'none'],
    ['arrow', arrow(), 'arrow', 'none'],
    ['lines', jsonl({ text: 'a' }, { text: 'b' }), 'jsonl', 'none'],
    ['list.gz', gzipSync('[{"text":"a"}]'), 'json', 'gzip'],
  ])('tells the format of %s', async (name, content, format, compression) => {
    expect((await detect(name, content)).reading).toMatchObject({ format, compression });
  });

  it('finds chats, and says so', async () => {
    const { reading, description } = await detect(
      'file.jsonl',
      jsonl({ id: 'x', messages: OPENAI }, { id: 'y', messages: [OPENAI[0]] }),
    );
    expect(reading).toEqual({
      format: 'jsonl',
      compression: 'none',
      layout: {
        kind: 'chat',
        field: 'messages',
        roleField: 'role',
        contentField: 'content',
        roles: ['assistant', 'gpt', 'chatgpt', 'model', 'bot'],
      },
      idField: 'id',
    });
    expect(description).toBe('chat turns of assistant in field messages (OpenAI), 1 of the first 2 records');
  });

  it('reads every field that may hold an answer, and prefers texts to token ids', async () => {
    expect(await layoutOf({ text: 'x', conversations: SHARE_GPT })).toMatchObject({
      kind: 'answers',
      fields: ['conversations', 'text'],
    });
    expect(await layoutOf({ conversation: JSON.stringify(OPENAI) })).toMatchObject({ kind: 'chat' });
    expect(await layoutOf({ url: 'x'.repeat(99), input_ids: [1], content: 'c', text: 't' })).toMatchObject({
      kind: 'answers',
      fields: ['content', 'text'],
    });
    expect(await layoutOf({ url: 'x'.repeat(99), input_ids: [1, 2] })).toEqual({
      kind: 'ids',
      field: 'input_ids',
    });
    expect(await layoutOf({ input_ids: [1, 2, 3, 4, 5], text: 'cat' })).toMatchObject({ kind: 'ids' });
  });

  it('asks rather than to take a field because it is long', async () => {
    const story = 'Once upon a time there was a field that nobody knew.';
    for (const record of [
      { url: 'x', chronicle: story },
      { url: 'x', data: { chronicle: story } },
    ]) {
      const path = 'data' in record ? 'data.chronicle' : 'chronicle';
      await expect(layoutOf(record)).rejects.toMatchObject({
        code: 'layout-unknown',
        message: expect.stringContaining(`${path} (100 %, 52 characters each)`),
        ways: [['--field', path]],
      });
      expect(await layoutOf(record, { field: path })).toEqual({ kind: 'text', field: path });
    }
    await expect(layoutOf({ text: 'https://example.org/1', document: 'doc-00017' })).rejects.toMatchObject({
      code: 'layout-unknown',
    });
  });

  it('finds Alpaca records, of either side', async () => {
    const record = { instruction: 'i', input: '', output: 'o' };
    expect(await layoutOf(record)).toEqual({ kind: 'text', field: 'output' });
    expect(await layoutOf(record, { roles: ['user'] })).toEqual({
      kind: 'texts',
      fields: ['instruction', 'input'],
    });
  });

  it('does what it is told', async () => {
    const record = { text: 't', other: 'o', chat: SHARE_GPT, ids: [1], number: 3 };
    expect(await layoutOf(record, { field: 'other' })).toEqual({ kind: 'text', field: 'other' });
    expect(await layoutOf(record, { field: 'ids' })).toEqual({ kind: 'ids', field: 'ids' });
    expect(await layoutOf(record, { idsField: 'ids' })).toEqual({ kind: 'ids', field: 'ids' });
    expect(await layoutOf(record, { field: 'chat', roles: ['user', 'tool'] })).toMatchObject({
      kind: 'chat',
      roles: ['user', 'human', 'prompter', 'tool'],
    });
    const { reading } = await detect('file.jsonl', jsonl(record), { idField: 'number' });
    expect(reading.idField).toBe('number');
    expect((await detect('file.data', 'a\n', { format: 'txt', textSplit: 'lines' })).reading).toMatchObject({
      format: 'txt',
      textSplit: 'lines',
    });
    await expect(detect('file.jsonl', '', { field: 'a', idsField: 'b' })).rejects.toThrow(TypeError);
  });

  it('takes several fields and paths into lists, and says which is no path', async () => {
    const record = { a: [{ b: 'x', c: 'y' }], d: 't' };
    expect(await layoutOf(record, { fields: ['a[].b', 'a[0].c', 'd'] })).toMatchObject({
      kind: 'answers',
      fields: ['a[].b', 'a[0].c', 'd'],
    });
    expect(await layoutOf(record, { field: 'a[].b' })).toMatchObject({ kind: 'answers', fields: ['a[].b'] });
    for (const field of ['a[', 'a[x]', 'a[0::0]', 'a..b']) {
      await expect(layoutOf(record, { field })).rejects.toMatchObject({
        code: 'layout-unknown',
        message: expect.stringContaining(`"${field}"`),
      });
    }
    const location = writeFile('file.jsonl', jsonl(record, { d: 'u' }, { e: 1 }));
    const { reading } = await detectFileLayout(location, { fields: ['a[].b', 'd'] });
    const { documents, failures } = await readAll({ location, reading });
    expect(documents.map(({ record: n, answer, segments }) => [n, answer, segments])).toEqual([
      [0, 'a[0].b', ['x']],
      [0, 'd', ['t']],
      [1, 'd', ['u']],
    ]);
    expect(failures.map(({ record: n, code }) => [n, code])).toEqual([[2, 'field-missing']]);
  });

  it('finds the list of records in an object, and tells one chat from it', async () => {
    const list = await detect(
      'file.json',
      JSON.stringify(
        { info: { rows: [{ text: 'no' }] }, rows: [{ text: 'a' }, { text: 'b' }] },
        undefined,
        2,
      ),
    );
    expect(list.reading).toMatchObject({
      format: 'json',
      recordsField: 'rows',
      layout: { kind: 'text', field: 'text' },
    });
    const location = writeFile('chat.json', JSON.stringify({ title: 't', messages: OPENAI }, undefined, 2));
    const { reading } = await detectFileLayout(location);
    expect(reading.recordsField).toBeUndefined();
    expect(textsOf(await readAll({ location, reading }))).toEqual(['a']);
    const two = detect('file.json', JSON.stringify({ train: [{ text: 'a' }], test: [{ text: 'b' }] }));
    await expect(two).rejects.toMatchObject({
      code: 'layout-unknown',
      message: expect.stringContaining('train, test'),
    });
  });

  it('tells ids of 16 bits from ids of 32', async () => {
    const ids = Array.from({ length: 100 }, (_, i) => (i * 7919) % 50_257);
    const short = await detect('a.bin', Buffer.from(Uint16Array.from(ids).buffer), { endOfText: 50_256 });
    expect(short.reading).toMatchObject({
      idBytes: 2,
      endOfText: 50_256,
      layout: { kind: 'ids', field: '' },
    });
    expect(short.description).toBe('token ids of 16 bits, id 50256 ends a document');
    expect((await detect('b.bin', Buffer.from(Uint32Array.from(ids).buffer))).reading.idBytes).toBe(4);
    expect((await detect('b.bin', Buffer.alloc(400), { idBytes: 2 })).reading.idBytes).toBe(2);
    const headed = detect('c.bin', Buffer.from(Int32Array.of(20_240_520, 1, 9).buffer));
    await expect(headed).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('says which fields there are and how to choose, where nothing fits', async () => {
    const unknown = detect('file.jsonl', jsonl({ count: 1, data: { size: 2 } }));
    await expect(unknown).rejects.toMatchObject({
      code: 'layout-unknown',
      message: expect.stringMatching(
        /the fields are count, data, data\.size; .*--field .*--ids-field.*--input-format/,
      ),
    });
    const missing = detect('file.jsonl', jsonl({ text: 'a' }), { field: 'body' });
    await expect(missing).rejects.toMatchObject({
      code: 'layout-unknown',
      message: expect.stringContaining('"body"'),
    });
    await expect(detect('file.jsonl', 'no JSON\nat all\n')).rejects.toMatchObject({ code: 'layout-unknown' });
    await expect(detect('file.weights', 'what is this')).rejects.toMatchObject({
      code: 'format-unknown',
      message: expect.stringContaining('--input-format'),
    });
    await expect(detectFileLayout('/nowhere.jsonl')).rejects.toMatchObject({ code: 'unreadable' });
  });

  it('reads a file without records as such', async () => {
    expect((await detect('file.jsonl', '')).description).toBe('no records');
    expect((await detect('file.json', '[]')).description).toBe('no records');
  });

  it('reads columns of tables', async () => {
    expect((await detect('file.parquet', parquet())).reading.layout).toEqual({ kind: 'text', field: 'text' });
    expect((await detect('file.arrow', arrow())).reading.layout).toEqual({ kind: 'text', field: 'text' });
    const ids = parquetWriteBuffer({ columnData: [{ name: 'input_ids', data: [[1, 2], [3]] }] });
    expect((await detect('file.parquet', new Uint8Array(ids))).reading.layout).toEqual({
      kind: 'ids',
      field: 'input_ids',
    });
  });
});

function parquet(): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'text', data: ['a', 'b'] }] }));
}

function arrow(): Uint8Array {
  return RecordBatchStreamWriter.writeAll(new Table({ text: vectorFromArray(['a', 'b']) })).toUint8Array(
    true,
  );
}
