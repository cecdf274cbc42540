import { createWordSource, HEADER_WORDS, type KeyedWordSource, SYMBOLS } from '@countermark/watermark/prf';
import { describe, expect, it } from 'vitest';
import { seededKey, seededWords } from './noble-block.ts';

// engines.test.ts shows that the scalar engine, which knows no batches, equals noble; here it is the reference.
const KEY = seededKey('long sequences');
// The kernel's memory: 30,720 token ids at a time, 8,192 headers, 2,048 of anything else.
const LENGTHS = [2047, 2048, 2049, 4097, 8191, 8192, 8193, 30_719, 30_720, 30_721, 70_000];

/** Fails unless both engines fill an array of this length with the same numbers; a diff of thousands helps nobody. */
function expectSame(
  width: number,
  length: number,
  fill: (source: KeyedWordSource, out: Uint32Array) => void,
) {
  const [simd, scalar] = (['simd', 'scalar'] as const).map((engine) => {
    const out = new Uint32Array(length);
    const source = createWordSource(KEY, width, { engine });
    fill(source, out);
    source.close();
    return out;
  }) as [Uint32Array, Uint32Array];
  expect(simd.findIndex((word, i) => word !== scalar[i])).toBe(-1);
}

describe.each([1, 4, 5, 15])('width %i', (width) => {
  const tokens = seededWords(`long ${width}`, 70_000 + width);

  it.each(LENGTHS)('gives the same in %i contexts', (count) => {
    const tokenIds = tokens.subarray(0, count + width);
    const positions = Uint32Array.from({ length: count }, (_, i) => width + i);
    const symbols = Uint8Array.from(positions, (position) => (position % 64 < 32 ? 0 : position % SYMBOLS));
    expectSame(width, HEADER_WORDS * (count + 1), (source, out) => source.sequenceHeaders(tokenIds, out));
    expectSame(width, HEADER_WORDS * count, (source, out) => source.sequenceHeaders(tokenIds, out));
    expectSame(width, count, (source, out) => source.sequenceWords(tokenIds, positions, symbols, out));
  });

  it('gives the same symbols', () => {
    const tokenIds = tokens.subarray(0, 40_000);
    const positions = Uint32Array.from({ length: 5000 }, (_, i) => width + 7 * i);
    expectSame(width, SYMBOLS * 5000, (source, out) => source.sequenceSymbols(tokenIds, positions, out));
  });

  it('gives the same at positions that no window spans, in any order', () => {
    const far = [width, 69_999, width + 1, 30_720, 30_721, 61_440, width, 30_719 + width, 30_720 + width];
    const descending = Array.from({ length: 3000 }, (_, i) => 69_999 - 20 * i);
    const random = Array.from(seededWords('positions', 300), (word) => width + (word % (70_000 - width)));
    for (const list of [far, descending, random]) {
      const positions = Uint32Array.from(list);
      const symbols = Uint8Array.from(positions, (_, i) => i % SYMBOLS);
      const tokenIds = tokens.subarray(0, 70_000);
      expectSame(width, list.length, (source, out) =>
        source.sequenceWords(tokenIds, positions, symbols, out),
      );
    }
  });

  it('gives the same for candidates and pairs of more than one batch', () => {
    for (const count of [2047, 2048, 2049, 4096, 4099]) {
      const tokenIds = tokens.subarray(0, count);
      const contexts = seededWords(`pairs ${width} ${count}`, width * count);
      for (const symbol of [0, 15]) {
        expectSame(width, count, (source, out) =>
          source.candidateWords(contexts.subarray(0, width), tokenIds, symbol, out),
        );
        expectSame(width, count, (source, out) => source.pairWords(contexts, tokenIds, symbol, out));
      }
    }
  });
});
