import type { FileLayout } from '@countermark/corpus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idsOf, readAll, readBytes, writeFile } from './read-all.ts';

const PIECE = 65_536;

function bin(idBytes: 2 | 4, endOfText?: number, pieceTokens?: number): FileLayout {
  return {
    format: 'bin',
    compression: 'none',
    layout: { kind: 'ids', field: '' },
    idBytes,
    ...(endOfText === undefined ? {} : { endOfText }),
    ...(pieceTokens === undefined ? {} : { pieceTokens }),
  };
}

function store(ids: readonly number[], idBytes: 2 | 4): Buffer {
  return Buffer.from((idBytes === 2 ? Uint16Array.from(ids) : Uint32Array.from(ids)).buffer);
}

/** The rule, token by token: what is there of it to be wrong is on one page. */
function documentsOf(ids: readonly number[], endOfText?: number, piece = PIECE): number[][] {
  const documents: number[][] = [[]];
  let run = 0;
  for (const [at, id] of ids.entries()) {
    if (at % piece === 0 && run >= piece) documents.push([]);
    if (id === endOfText) {
      documents.push([]);
      run = 0;
    } else {
      documents.at(-1)!.push(id);
      run++;
    }
  }
  return documents.filter(({ length }) => length > 0);
}

describe('readShard of raw token ids', () => {
  it.each([2, 4] as const)('reads documents of ids of %i bytes, wherever chunks end', async (idBytes) => {
    const ids = [9, 1, 2, 3, 9, 9, 4, 9, 5, 6];
    for (let chunkBytes = 1; chunkBytes <= 41; chunkBytes++) {
      const all = await readBytes(store(ids, idBytes), bin(idBytes, 9), { chunkBytes });
      expect(idsOf(all)).toEqual([[1, 2, 3], [4], [5, 6]]);
      expect(all.documents.map(({ byteOffset }) => byteOffset! / idBytes)).toEqual([1, 6, 8]);
      expect(all.documents[0]!.segments[0]).toBeInstanceOf(Uint32Array);
    }
  });

  it('keeps ids of 32 bits whole', async () => {
    expect(idsOf(await readBytes(store([2 ** 32 - 1, 65_536], 4), bin(4)))).toEqual([[2 ** 32 - 1, 65_536]]);
  });

  it('gives the same documents in any ranges of bytes as in the whole file', async () => {
    const runs = fc.array(
      fc.tuple(
        fc.constantFrom(0, 1, 7, 1000, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 150_000),
        fc.integer({ min: 1, max: 60_000 }),
      ),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(
        runs,
        fc.constantFrom<2 | 4>(2, 4),
        fc.option(fc.constant(0), { nil: undefined }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
        fc.constantFrom(1001, 2 ** 20),
        fc.constantFrom(undefined, 1000, 1024),
        async (lengths, idBytes, endOfText, cuts, chunkBytes, pieceTokens) => {
          const ids = lengths.flatMap(([length, first]) => [
            ...Array.from({ length }, (_, i) => 1 + ((first + i) % 60_000)),
            0,
          ]);
          const location = writeFile('file.bin', store(ids, idBytes));
          const reading = bin(idBytes, endOfText, pieceTokens);
          const size = ids.length * idBytes;
          const bounds = [0, ...cuts.map((cut) => Math.round(cut * size)).sort((a, b) => a - b), size];
          const parts: number[][] = [];
          for (const [i, end] of bounds.slice(1).entries()) {
            const range = { unit: 'bytes', start: bounds[i]!, end } as const;
            parts.push(...idsOf(await readAll({ location, reading, range }, { chunkBytes })));
          }
          const whole = documentsOf(ids, endOfText, pieceTokens);
          // Compared as text: millions of ids are too many for the report of a difference.
          expect(idsOf(await readAll({ location, reading })).join(' ') === whole.join(' ')).toBe(true);
          expect(parts.join(' ') === whole.join(' ')).toBe(true);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it('fails the rest of a file that ends within an id, in the shard where the rest starts', async () => {
    const content = Buffer.concat([store([1, 2, 3], 4), Buffer.from([1, 2])]);
    const all = await readBytes(content, bin(4));
    expect(idsOf(all)).toEqual([[1, 2, 3]]);
    expect(all.failures).toMatchObject([{ record: 1, byteOffset: 12, code: 'damaged' }]);
    const location = writeFile('file.bin', content);
    for (let cut = 1; cut < 14; cut++) {
      const ranges = [
        { unit: 'bytes', start: 0, end: cut },
        { unit: 'bytes', start: cut, end: 14 },
      ] as const;
      const parts = await Promise.all(ranges.map((range) => readAll({ location, reading: bin(4), range })));
      expect(parts.map(({ failures }) => failures.length)).toEqual(cut <= 12 ? [0, 1] : [1, 0]);
      expect(parts.flatMap(idsOf)).toEqual([[1, 2, 3]]);
    }
  });

  it('passes over documents that are to be skipped', async () => {
    const all = await readBytes(store([1, 9, 2, 9, 3], 2), bin(2, 9), { skip: new Set([1]) });
    expect(all.documents).toMatchObject([{ record: 0 }, { record: 2 }]);
    expect(all.count.records).toBe(3);
  });

  it('finds nothing in an empty file or between ends', async () => {
    expect((await readBytes('', bin(2))).count.records).toBe(0);
    expect((await readBytes(store([9, 9, 9], 2), bin(2, 9))).count.records).toBe(0);
  });
});
