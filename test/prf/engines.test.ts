import { createWordSource, HEADER_WORDS, type KeyedWordSource, SYMBOLS } from '@countermark/watermark/prf';
import { describe, expect, it } from 'vitest';
import { nobleBlock, seededKey, seededWords } from './noble-block.ts';

const ENGINES = ['simd', 'scalar'] as const;
const WIDTHS = Array.from({ length: 15 }, (_, i) => i + 1);
const EDGES = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1];

/** Token ids of which about every third is an edge and every other is below a vocabulary's size. */
function mixedTokens(seed: string, count: number): Uint32Array {
  return seededWords(seed, count).map((word) => {
    if (word % 3 === 0) return EDGES[(word >>> 8) % EDGES.length]!;
    return word % 3 === 1 ? word : word % 200_000;
  });
}

/** The block of the token at a position, computed by noble. */
function nobleWords(key: Uint8Array, width: number, tokenIds: Uint32Array, position: number): Uint32Array {
  return nobleBlock(key, tokenIds.subarray(position - width, position), 1 + tokenIds[position]!);
}

function positionsOf(width: number, tokenIds: Uint32Array): Uint32Array {
  return Uint32Array.from({ length: Math.max(tokenIds.length - width, 0) }, (_, i) => width + i);
}

function headersOf(source: KeyedWordSource, tokenIds: Uint32Array): Uint32Array {
  const contexts = Math.max(tokenIds.length - source.contextWidth + 1, 0);
  const out = new Uint32Array(HEADER_WORDS * contexts);
  source.sequenceHeaders(tokenIds, out);
  return out;
}

describe.each(ENGINES)('engine %s equals noble word for word', (engine) => {
  it('says how it computes', () => {
    const source = createWordSource(seededKey('name'), 4, { engine });
    expect({ engine: source.engine, contextWidth: source.contextWidth }).toEqual({ engine, contextWidth: 4 });
  });

  it.each(WIDTHS)('in whole sequences of width %i', (width) => {
    const key = seededKey(`sequence ${width}`);
    const source = createWordSource(key, width, { engine });
    // No context, one context, and each number of lanes that a last group of eight can fill.
    for (const length of [0, 1, 3, 4, 5, width - 1, width, width + 1, width + 7, width + 8, width + 9, 40]) {
      const tokenIds = mixedTokens(`tokens ${width} ${length}`, length);
      const before = tokenIds.slice();
      const positions = positionsOf(width, tokenIds);

      const headers = headersOf(source, tokenIds);
      for (let i = 0; HEADER_WORDS * i < headers.length; i++) {
        const expected = nobleBlock(key, tokenIds.subarray(i, i + width), 0).subarray(0, HEADER_WORDS);
        expect(headers.subarray(HEADER_WORDS * i, HEADER_WORDS * (i + 1))).toEqual(expected);
      }
      const withoutLast = new Uint32Array(Math.max(headers.length - HEADER_WORDS, 0));
      source.sequenceHeaders(tokenIds, withoutLast);
      expect(withoutLast).toEqual(headers.subarray(0, withoutLast.length));

      const blocks = Array.from(positions, (position) => nobleWords(key, width, tokenIds, position));
      const all = new Uint32Array(SYMBOLS * positions.length);
      source.sequenceSymbols(tokenIds, positions, all);
      blocks.forEach((block, i) => {
        expect(all.subarray(SYMBOLS * i, SYMBOLS * (i + 1))).toEqual(block);
      });

      const mixed = Uint8Array.from(positions, (position) => (7 * position + length) % SYMBOLS);
      const onlyOneNotZero = Uint8Array.from(positions, (_, i) => (i === 9 ? 5 : 0));
      for (const symbols of [mixed, onlyOneNotZero, new Uint8Array(positions.length)]) {
        const out = new Uint32Array(positions.length);
        source.sequenceWords(tokenIds, positions, symbols, out);
        expect(out).toEqual(Uint32Array.from(blocks, (block, i) => block[symbols[i]!]!));
      }
      expect(tokenIds).toEqual(before);
    }
  });

  it.each(WIDTHS)('in candidates and pairs of width %i', (width) => {
    const key = seededKey(`pairs ${width}`);
    const source = createWordSource(key, width, { engine });
    const context = mixedTokens(`context ${width}`, width);
    for (const count of [0, 1, 7, 8, 9, 23]) {
      const tokenIds = mixedTokens(`candidates ${width} ${count}`, count);
      const contexts = mixedTokens(`contexts ${width} ${count}`, width * count);
      const inOne = Array.from(tokenIds, (tokenId) => nobleBlock(key, context, 1 + tokenId));
      const inOwn = Array.from(tokenIds, (tokenId, i) =>
        nobleBlock(key, contexts.subarray(width * i, width * (i + 1)), 1 + tokenId),
      );
      const out = new Uint32Array(count);
      for (let symbol = 0; symbol < SYMBOLS; symbol++) {
        source.candidateWords(context, tokenIds, symbol, out);
        expect(out).toEqual(Uint32Array.from(inOne, (block) => block[symbol]!));
        source.pairWords(contexts, tokenIds, symbol, out);
        expect(out).toEqual(Uint32Array.from(inOwn, (block) => block[symbol]!));
      }
    }
  });

  it('at positions in any order, repeated and left out', () => {
    const key = seededKey('gather');
    const source = createWordSource(key, 4, { engine });
    const tokenIds = mixedTokens('gather', 50);
    const positions = Uint32Array.of(49, 4, 4, 30, 17, 49, 5, 5, 5, 48, 4);
    const symbols = Uint8Array.from(positions, (_, i) => i);
    const out = new Uint32Array(positions.length);
    source.sequenceWords(tokenIds, positions, symbols, out);
    expect(out).toEqual(
      Uint32Array.from(positions, (position, i) => nobleWords(key, 4, tokenIds, position)[symbols[i]!]!),
    );
  });

  it('for several keys and widths in turn', () => {
    const widths = [4, 15, 1, 4];
    const sources = widths.map((width, i) => createWordSource(seededKey(`turn ${i}`), width, { engine }));
    const tokenIds = mixedTokens('turn', 20);
    for (let turn = 0; turn < 3; turn++) {
      sources.forEach((source, i) => {
        const header = headersOf(source, tokenIds).subarray(0, HEADER_WORDS);
        const expected = nobleBlock(seededKey(`turn ${i}`), tokenIds.subarray(0, widths[i]), 0);
        expect(header).toEqual(expected.subarray(0, HEADER_WORDS));
      });
    }
    // Closing the source that computed last leaves the others as they are.
    sources[3]!.close();
    const out = new Uint32Array(HEADER_WORDS);
    sources[0]!.contextHeader(tokenIds.subarray(0, 4), out);
    expect(out).toEqual(
      nobleBlock(seededKey('turn 0'), tokenIds.subarray(0, 4), 0).subarray(0, HEADER_WORDS),
    );
  });

  it('after the caller has wiped its key, and not under another key', () => {
    const key = seededKey('wiped');
    const source = createWordSource(key, 4, { engine });
    const context = mixedTokens('wiped', 4);
    const expected = nobleBlock(key, context, 0).subarray(0, HEADER_WORDS);
    key.fill(0);
    const out = new Uint32Array(HEADER_WORDS);
    source.contextHeader(context, out);
    expect(out).toEqual(expected);
    expect(out).not.toEqual(nobleBlock(key, context, 0).subarray(0, HEADER_WORDS));
  });

  it('on views into the middle of larger arrays', () => {
    const key = seededKey('views');
    const source = createWordSource(key, 4, { engine });
    const tokenIds = mixedTokens('views', 40).subarray(3, 20);
    const out = new Uint32Array(30).fill(7);
    const positions = positionsOf(4, tokenIds);
    source.sequenceWords(
      tokenIds,
      positions,
      new Uint8Array(positions.length),
      out.subarray(5, 5 + positions.length),
    );
    const expected = Array.from(positions, (position) => nobleWords(key, 4, tokenIds, position)[0]!);
    expect([...out]).toEqual([7, 7, 7, 7, 7, ...expected, ...new Array(30 - 5 - expected.length).fill(7)]);
  });
});
