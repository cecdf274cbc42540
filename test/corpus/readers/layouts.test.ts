import type { DocumentLayout } from '@countermark/corpus/internal';
import { describe, expect, it } from 'vitest';
import { JSONL, type ReadAll, readBytes } from './read-all.ts';

function read(layout: DocumentLayout, ...records: unknown[]): Promise<ReadAll> {
  const content = records.map((record) => JSON.stringify(record)).join('\n');
  return readBytes(content, { ...JSONL, layout, idField: 'id' });
}

async function segmentsOf(layout: DocumentLayout, ...records: unknown[]): Promise<unknown[]> {
  const { documents, failures } = await read(layout, ...records);
  expect(failures).toEqual([]);
  return documents.map(({ segments }) => segments);
}

async function codesOf(layout: DocumentLayout, ...records: unknown[]): Promise<string[]> {
  const { documents, failures } = await read(layout, ...records);
  expect(documents).toEqual([]);
  return failures.map(({ code }) => code);
}

const CHAT: DocumentLayout = {
  kind: 'chat',
  field: 'messages',
  roleField: 'role',
  contentField: 'content',
  roles: ['assistant', 'model'],
};

describe('a layout of a text', () => {
  it('follows a path with dots, and prefers a field whose name has them', async () => {
    const layout = { kind: 'text', field: 'data.text' } as const;
    expect(
      await segmentsOf(layout, { data: { text: 'a' } }, { 'data.text': 'b', data: { text: 'c' } }),
    ).toEqual([['a'], ['b']]);
  });

  it('takes an empty text, or none, for a document without segments', async () => {
    const layout = { kind: 'text', field: 'data.text' } as const;
    expect(
      await segmentsOf(layout, { data: { text: '' } }, { data: { text: null } }, { data: null }),
    ).toEqual([[], [], []]);
  });

  it('fails a field that is missing or no text', async () => {
    const layout = { kind: 'text', field: 'text' } as const;
    expect(await codesOf(layout, {}, [], 3, { text: 3 }, { text: ['a'] })).toEqual([
      'field-missing',
      'field-missing',
      'field-missing',
      'field-type',
      'field-type',
    ]);
  });

  it('takes several fields as segments', async () => {
    const layout = { kind: 'texts', fields: ['instruction', 'input'] } as const;
    expect(
      await segmentsOf(layout, { instruction: 'a', input: 'b' }, { instruction: 'a', input: '' }),
    ).toEqual([['a', 'b'], ['a']]);
    expect(await codesOf(layout, { instruction: 'a' })).toEqual(['field-missing']);
  });
});

describe('a layout of a chat', () => {
  it('takes the turns of the roles, in order, each a segment', async () => {
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'a' },
      { role: 'assistant', content: null, tool_calls: [] },
      {
        role: 'model',
        content: [{ type: 'text', text: 'b' }, { type: 'image_url' }, { type: 'text', text: 'c' }],
      },
      { role: 'user', content: [{ type: 'image_url' }] },
    ];
    expect(await segmentsOf(CHAT, { messages })).toEqual([['a', 'bc']]);
  });

  it('reads turns written as JSON in a text, and as an object of lists', async () => {
    const messages = [{ role: 'assistant', content: 'a' }];
    const columns = { role: ['user', 'assistant'], content: ['q', 'a'] };
    expect(await segmentsOf(CHAT, { messages: JSON.stringify(messages) }, { messages: columns })).toEqual([
      ['a'],
      ['a'],
    ]);
  });

  it('takes a chat without such a turn, or none at all, for a document without segments', async () => {
    expect(
      await segmentsOf(
        CHAT,
        { messages: [{ role: 'user', content: 'q' }] },
        { messages: [] },
        { messages: null },
      ),
    ).toEqual([[], [], []]);
  });

  it('fails what is no list of turns', async () => {
    const turns = [
      'not JSON',
      '{}',
      3,
      ['a'],
      [{ content: 'a' }],
      [{ role: 'assistant', content: 3 }],
      { role: ['a'] },
    ];
    expect(await codesOf(CHAT, ...turns.map((messages) => ({ messages })))).toEqual(
      turns.map(() => 'field-type'),
    );
  });
});

describe('a layout of token ids', () => {
  const layout = { kind: 'ids', field: 'ids' } as const;

  it('takes integers up to 2^32 - 1', async () => {
    expect(await segmentsOf(layout, { ids: [0, 1, 2 ** 32 - 1] }, { ids: [] }, { ids: null })).toEqual([
      [Uint32Array.of(0, 1, 2 ** 32 - 1)],
      [],
      [],
    ]);
  });

  it('fails ids out of their range, and what is no list of numbers', async () => {
    expect(await codesOf(layout, { ids: [-1] }, { ids: [1.5] }, { ids: [2 ** 32] })).toEqual(
      Array(3).fill('token-out-of-range'),
    );
    expect(await codesOf(layout, { ids: '1' }, { ids: ['1'] }, { ids: [[1]] }, { ids: {} })).toEqual(
      Array(4).fill('field-type'),
    );
  });
});

describe("a record's own id", () => {
  it('is a text or a number with all its digits', async () => {
    const content = ['"x1"', '7', '1e400', '12345678901234567890', 'null', '[1]'].map(
      (id) => `{"id":${id},"text":"a"}`,
    );
    const { documents } = await readBytes(content.join('\n'), { ...JSONL, idField: 'id' });
    expect(documents.map(({ id }) => id)).toEqual([
      'x1',
      '7',
      undefined,
      '12345678901234567890',
      undefined,
      undefined,
    ]);
  });
});
