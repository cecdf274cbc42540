import type { FileLayout, TextSplit } from '@countermark/corpus';
import { describe, expect, it } from 'vitest';
import { readBytes, textsOf } from './read-all.ts';

const CONTENT = '\ufeffone\r\ntwo\n \n\nthrée\nfour';

function txt(textSplit: TextSplit): FileLayout {
  return { format: 'txt', compression: 'none', layout: { kind: 'text', field: '' }, textSplit };
}

describe('readShard of plain text', () => {
  it.each([
    ['file', ['one\r\ntwo\n \n\nthrée\nfour']],
    ['lines', ['one', 'two', 'thrée', 'four']],
    ['blank-lines', ['one\r\ntwo', 'thrée\nfour']],
  ] as const)('cuts documents by %s, wherever chunks end', async (split, texts) => {
    for (let chunkBytes = 1; chunkBytes <= 30; chunkBytes++) {
      const all = await readBytes(CONTENT, txt(split), { chunkBytes });
      expect(textsOf(all)).toEqual(texts);
      expect(all.failures).toEqual([]);
    }
  });

  it('says where paragraphs start', async () => {
    const all = await readBytes('a\n\n\nb\nc\n\nd', txt('blank-lines'));
    expect(all.documents.map(({ line, byteOffset }) => [line, byteOffset])).toEqual([
      [0, 0],
      [3, 4],
      [6, 9],
    ]);
    expect(all.count.lines).toBe(7);
  });

  it.each(['file', 'lines', 'blank-lines'] as const)(
    'fails what is no UTF-8 or too long, by %s',
    async (split) => {
      const bad = Buffer.from([0x61, 0xff, 0x0a]);
      expect((await readBytes(bad, txt(split))).failures).toMatchObject([
        { record: 0, code: 'invalid-utf8' },
      ]);
      const long = await readBytes('0123456789', txt(split), { maxRecordBytes: 9, chunkBytes: 4 });
      expect(long).toMatchObject({ documents: [], failures: [{ record: 0, code: 'too-long' }] });
      expect(textsOf(await readBytes('012345678', txt(split), { maxRecordBytes: 9, chunkBytes: 4 }))).toEqual(
        ['012345678'],
      );
    },
  );

  it.each(['file', 'lines', 'blank-lines'] as const)(
    'finds nothing in an empty file, by %s',
    async (split) => {
      expect((await readBytes('', txt(split))).count.records).toBe(0);
    },
  );
});
