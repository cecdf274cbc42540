/** Where raw token ids are cut into documents when nobody says it. */
import { detectFileLayout, type FileWishes } from '@countermark/corpus';
import type { DetectedLayout } from '@countermark/corpus/internal';
import { describe, expect, it } from 'vitest';
import { idsOf, readAll, writeFile } from './read-all.ts';

const END = 7;
const tokenName = async (id: number): Promise<string | undefined> =>
  new Map([
    [END, '<|endoftext|>'],
    [8, '</s>'],
  ]).get(id);

/** Documents of given lengths, of ids from 100 on, each with an end after it. */
function documents(lengths: readonly number[], end = END): Uint16Array {
  let next = 0;
  return Uint16Array.from(
    lengths.flatMap((length) => [...Array.from({ length }, () => 100 + (next++ % 900)), end]),
  );
}

function detect(ids: Uint16Array, wishes: FileWishes = {}): Promise<DetectedLayout> {
  return detectFileLayout(writeFile('ids.bin', new Uint8Array(ids.buffer)), { idBytes: 2, ...wishes });
}

function npy(ids: Uint16Array): Uint8Array {
  const text = `{'descr': '<u2', 'fortran_order': False, 'shape': (${ids.length},), }`.padEnd(117);
  const header = Buffer.from(`\x93NUMPY\x01\x00v\x00${text}\n`, 'latin1');
  return Buffer.concat([header, Buffer.from(ids.buffer)]);
}

describe('the end of documents in raw token ids', () => {
  it('is the end-of-text id of the tokenizer where it stands apart, and the plan says so', async () => {
    const { reading, description } = await detect(documents([500, 300, 0, 0, 40, 700]), { tokenName });
    expect(reading).toMatchObject({ endOfText: END });
    expect(reading.pieceTokens).toBeUndefined();
    expect(description).toBe(
      "token ids of 16 bits, id 7, the tokenizer's <|endoftext|>, ends a document: 6 in the first 1,546 ids (--end-of-text none if not)",
    );
  });

  it('is none where that id stands too close to itself, or once, or has no such name', async () => {
    const close = await detect(documents(Array.from({ length: 50 }, () => 12)), { tokenName });
    expect(close.reading).toMatchObject({ pieceTokens: 1024 });
    expect(close.reading.endOfText).toBeUndefined();
    expect(close.description).toBe(
      "token ids of 16 bits, id 7, the tokenizer's <|endoftext|>, stands too close to itself to end documents: pieces of 1,024 ids",
    );
    for (const ids of [documents([900]), documents([900, 900], 9)]) {
      const { reading, description } = await detect(ids, { tokenName });
      expect(reading.endOfText).toBeUndefined();
      expect(description).toBe('token ids of 16 bits, no id ends a document: pieces of 1,024 ids');
    }
  });

  it('allows a tenth of the ids in short stretches, and no more', async () => {
    const few = await detect(documents([99, 891]), { tokenName });
    expect(few.reading.endOfText).toBe(END);
    const many = await detect(documents([99, 890]), { tokenName });
    expect(many.reading.endOfText).toBeUndefined();
  });

  it('is that of the ids that stands apart, where the tokenizer has several', async () => {
    const ids = documents([400, 600, 800]);
    for (let at = 3; at < 60; at += 3) ids[at] = 8;
    expect((await detect(ids, { tokenName })).reading.endOfText).toBe(END);
  });

  it('is what the user says, or none', async () => {
    const ids = documents([500, 300]);
    expect((await detect(ids, { tokenName, endOfText: 3 })).reading.endOfText).toBe(3);
    const { reading } = await detect(ids, { tokenName, endOfText: 'none' });
    expect(reading.endOfText).toBeUndefined();
    expect(reading.pieceTokens).toBe(1024);
  });

  it('asks for the names of no ids where there is nothing to decide', async () => {
    const refuse = async (): Promise<string> => {
      throw new Error('asked');
    };
    await detect(documents([500, 300]), { tokenName: refuse, endOfText: 3 });
    await detect(documents([500, 300]), { tokenName: refuse, endOfText: 'none' });
    await expect(detect(documents([500, 300]), { tokenName: refuse })).rejects.toThrow('asked');
  });

  it('is decided for arrays of NumPy alike, and read so', async () => {
    const cut = documents([500, 300, 40, 700]);
    const location = writeFile('ids.npy', npy(cut));
    const ended = await detectFileLayout(location, { tokenName });
    expect(ended.reading.endOfText).toBe(END);
    const lengths = idsOf(await readAll({ location, reading: ended.reading })).map(({ length }) => length);
    expect(lengths).toEqual([500, 300, 40, 700]);
    const { reading } = await detectFileLayout(location, { tokenName, endOfText: 'none' });
    const pieces = await readAll({ location, reading });
    expect(idsOf(pieces).map(({ length }) => length)).toEqual([1024, 520]);
    expect(idsOf(pieces).flat()).toEqual([...cut]);
    expect(pieces.documents.map(({ byteOffset }) => byteOffset)).toEqual([128, 128 + 2048]);
  });
});
