import {
  accountCode,
  CODE_BLOCK_SYMBOLS,
  createAccountCodes,
  createWordSource,
} from '@countermark/watermark/prf';
import { describe, expect, it } from 'vitest';
import { nobleBlock, seededKey, seededWords } from './noble-block.ts';

const ENGINES = ['auto', 'scalar'] as const;
const KEY = seededKey('account codes');

/** The listed blocks cut out of the whole code, which noble computes. */
function nobleBlocks(id: string, blocks: readonly number[]): number[] {
  const code = accountCode(KEY, id, CODE_BLOCK_SYMBOLS * (1 + Math.max(...blocks)));
  return blocks.flatMap((block) => [
    ...code.subarray(CODE_BLOCK_SYMBOLS * block, CODE_BLOCK_SYMBOLS * (block + 1)),
  ]);
}

/** Symbols out of words, by the rule that `read` documents. */
function symbolsOf(words: Uint32Array): number[] {
  return Array.from(words, (word) => Array.from({ length: 8 }, (_, j) => (word >>> (4 * j)) & 15)).flat();
}

describe.each(ENGINES)('createAccountCodes with engine %s equals noble', (engine) => {
  const codes = createAccountCodes(KEY, { engine });
  const read = (id: string, blocks: readonly number[]): number[] => {
    const out = new Uint32Array(16 * blocks.length);
    codes.read(id, Uint32Array.from(blocks), out);
    return symbolsOf(out);
  };

  it('for ids of every length', () => {
    for (let length = 1; length <= 256; length++) {
      const id = String.fromCharCode(...seededWords(`id ${length}`, length).map((word) => word % 128));
      expect(read(id, [0, 1, 31]), `${length} bytes`).toEqual(nobleBlocks(id, [0, 1, 31]));
    }
  });

  it('for ids outside ASCII, by their bytes', () => {
    for (const id of [
      'é',
      'e\u0301',
      '名前',
      'a😀',
      '\u{10ffff}'.repeat(64),
      `${'é'.repeat(127)}ab`,
      '\ufeffa',
      '\0',
    ]) {
      expect(read(id, [0, 3])).toEqual(nobleBlocks(id, [0, 3]));
    }
    expect(read('é', [0])).not.toEqual(read('e\u0301', [0]));
  });

  it('for blocks in any order, repeated, and each number that a group of eight leaves over', () => {
    for (const blocks of [
      [5],
      [3, 1, 2],
      [7, 7, 0],
      [0, 1, 2, 3, 4, 5, 6],
      [...Array(17).keys()].reverse(),
      [511, 2],
    ]) {
      expect(read('account-1', blocks)).toEqual(nobleBlocks('account-1', blocks));
    }
    expect(read('account-1', [])).toEqual([]);
  });

  it('beside a word source that computes in turn', () => {
    const schemeKey = seededKey('beside');
    const source = createWordSource(schemeKey, 4);
    const context = seededWords('beside', 4);
    const header = new Uint32Array(4);
    for (let turn = 0; turn < 3; turn++) {
      source.contextHeader(context, header);
      expect(header).toEqual(nobleBlock(schemeKey, context, 0).subarray(0, 4));
      expect(read('beside', [turn])).toEqual(nobleBlocks('beside', [turn]));
    }
  });

  it('until it is closed, and refuses what it cannot read', () => {
    const own = createAccountCodes(KEY, { engine });
    const out = new Uint32Array(16);
    const bad: [() => void, string][] = [
      [() => own.read('', Uint32Array.of(0), out), 'got 0 bytes'],
      [() => own.read('a'.repeat(257), Uint32Array.of(0), out), 'got 257 bytes'],
      [() => own.read(`${'a'.repeat(255)}é`, Uint32Array.of(0), out), 'got 257 bytes'],
      [() => own.read('a\ud800', Uint32Array.of(0), out), 'well-formed UTF-8'],
      [() => own.read('a', Uint32Array.of(0, 1), out), '"out" expected length 32, got 16'],
      [
        () => own.read('a', Uint32Array.of(2 ** 23), out),
        '"blocks[0]" expected an integer from 0 to 8388607',
      ],
    ];
    for (const [call, message] of bad) expect(call).toThrow(message);
    own.close();
    own.close();
    expect(() => own.read('a', Uint32Array.of(0), out)).toThrow('got a closed one');
  });
});

describe('createAccountCodes', () => {
  it('gives other codes under another key', () => {
    const out = new Uint32Array(16);
    createAccountCodes(seededKey('another')).read('a', Uint32Array.of(0), out);
    expect(symbolsOf(out)).not.toEqual(nobleBlocks('a', [0]));
  });

  it('refuses a key of another length and an engine that is none', () => {
    expect(() => createAccountCodes(new Uint8Array(31))).toThrow('"accountKey" expected length 32, got 31');
    expect(() => createAccountCodes(KEY, { engine: 'fast' as 'auto' })).toThrow(RangeError);
  });
});
