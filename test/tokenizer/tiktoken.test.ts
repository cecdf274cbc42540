import { humanText, TEXT_KINDS } from '@countermark/fixtures';
import { openTokenizer, TOKENIZER_NAMES, type Tokenizer } from '@countermark/watermark/tokenizer';
import type { TiktokenEncoding } from 'tiktoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withOracle } from './oracle.ts';
import { randomTexts, withoutSurrogates } from './random-text.ts';

// tiktoken itself is the oracle: its WebAssembly engine shares nothing with ours but the ranks.
// These have one of its patterns each; p50k_base has gpt2's, and ids with gaps.
const encodings: readonly TiktokenEncoding[] = ['o200k_base', 'cl100k_base', 'p50k_base', 'gpt2'];

describe.each(encodings)('openTokenizer(%s).encode', (name) => {
  const both = withOracle(name);
  const expectEqual = (text: string): void => {
    const own = both.tokenizer.encode(text);
    const theirs = both.oracle.encode_ordinary(text);
    // The runner compares, and so writes, what differs alone: it would take most of the time otherwise.
    if (own.length === theirs.length && own.every((tokenId, i) => tokenId === theirs[i])) return;
    expect(own.join()).toBe(theirs.join());
  };

  it('gives the ids of tiktoken on random Unicode', () => {
    for (const text of randomTexts(`unicode ${name}`, 800)) expectEqual(text);
  });

  it('gives the ids of tiktoken on text by people', () => {
    for (const kind of TEXT_KINDS) {
      const text = humanText(kind);
      // From several places, and cut anywhere, so that pieces begin in the middle of words.
      for (let i = 0; i < 12; i++) {
        const start = Math.floor((i * text.length) / 12);
        expectEqual(withoutSurrogates(text.slice(start, start + 3001)));
      }
    }
  });

  it('takes special tokens that are written out for text', () => {
    const texts = [
      '<|endoftext|>',
      'a <|endofprompt|>\n',
      '<|fim_prefix|><|fim_suffix|>',
      '<|start|>user<|message|>',
    ];
    for (const text of texts) {
      expectEqual(text);
      expect(both.tokenizer.encode(text).length).toBeGreaterThan(3);
      expect(both.tokenizer.decode(both.tokenizer.encode(text))).toBe(text);
    }
  });

  it('gives the ids of tiktoken wherever a piece passes from the short merge to the long one', () => {
    // The switch is at 96 bytes of UTF-8; the lengths here go past it for characters of 1 to 4 bytes.
    const units = [
      'a',
      'A',
      'ab',
      'abc ',
      ' ',
      '\n',
      '\t ',
      '-',
      '=',
      '7',
      'é',
      'ß',
      'д',
      '的',
      '한',
      '\u0e01',
      '🙂',
      'a\u0301',
    ];
    for (const unit of units) {
      for (let times = 22; times <= 98; times++) expectEqual(unit.repeat(times));
    }
    for (const text of randomTexts(`letters ${name}`, 200)) {
      const letters = text.toLowerCase().replace(/[^\p{L}]/gu, '');
      expectEqual(`${letters}etaoinshrdlu`.repeat(1 + (letters.length % 5)));
    }
  });

  it('gives the ids of tiktoken for pieces that the encoder has under one hash', () => {
    // Pairs of letters that are no tokens, as long as each other, and collide in all 32 bits of hashBytes.
    const collisions = [
      ['ibjrynfi', 'bkemlcja'],
      ['rzmotbxb', 'yjnnnjhq'],
      ['yuuerevg', 'dguwulyy'],
      ['pilvrjhn', 'vrogsskl'],
    ];
    for (const [first = '', second = ''] of collisions) {
      for (const text of [first, second, first, `${first}.${second}.${first}`]) expectEqual(text);
    }
  });

  it('gives the ids of tiktoken in pieces of thousands of bytes', () => {
    const random = randomTexts(`long ${name}`, 400, 30).join('');
    const hostile = [
      'a'.repeat(3000),
      ' '.repeat(3000),
      `${' '.repeat(1500)}x${' '.repeat(1500)}`,
      `\n${' '.repeat(3000)}x`,
      '\r\n'.repeat(1500),
      '0123456789'.repeat(300),
      'ab'.repeat(1500),
      'aB'.repeat(1500),
      '\u02b0A'.repeat(1000),
      'A\u0301'.repeat(1000),
      "'s".repeat(1500),
      '/\n'.repeat(1500),
      '漢字'.repeat(500),
      '👩\u200d💻'.repeat(300),
      random.replace(/[^\p{L}]/gu, '').slice(0, 3000),
      random.replace(/[^a-z]/g, '').slice(0, 3000),
      withoutSurrogates(random.replace(/[\p{L}\p{N}\s]/gu, '').slice(0, 3000)),
    ];
    for (const text of hostile) expectEqual(text);
  });
});

// Source: openai/tiktoken 0.12, tiktoken_ext/openai_public.py: explicit_n_vocab, or the largest id and one.
const sizes: readonly (readonly [string, number])[] = [
  ['o200k_harmony', 201_088],
  ['o200k_base', 200_019],
  ['cl100k_base', 100_277],
  ['p50k_base', 50_281],
  ['p50k_edit', 50_284],
  ['r50k_base', 50_257],
  ['gpt2', 50_257],
];

describe('openTokenizer', () => {
  const opened = new Map<string, Tokenizer>();
  beforeAll(async () => {
    for (const [name] of sizes) opened.set(name, await openTokenizer(name));
  });
  afterAll(() => {
    for (const tokenizer of opened.values()) tokenizer.close();
  });

  it.each(sizes)('knows the vocabulary size of %s with its special tokens', (name, vocabSize) => {
    const tokenizer = opened.get(name)!;
    expect([tokenizer.name, tokenizer.vocabSize]).toEqual([name, vocabSize]);
    expect(() => tokenizer.tokenBytes(vocabSize)).toThrow(RangeError);
    expect(tokenizer.tokenBytes(vocabSize - 1).length).toBeGreaterThan(0);
  });

  it('lists those names', () => {
    expect(TOKENIZER_NAMES).toEqual([...opened.keys()]);
  });

  it('reads o200k_harmony as o200k_base with other special tokens', () => {
    const [harmony, base] = [opened.get('o200k_harmony')!, opened.get('o200k_base')!];
    const text = 'Both have the same ranks: <|channel|> 漢字.';
    expect(harmony.encode(text)).toEqual(base.encode(text));
    expect(harmony.decode([200_005, 200_012, 200_018, 201_087])).toBe(
      '<|channel|><|call|><|endofprompt|><|reserved_201087|>',
    );
    expect(() => base.decode([200_005])).toThrow(RangeError);
  });

  it('takes 200 kB in one piece, whatever it is made of', () => {
    // Half a minute each for tiktoken, which is quadratic: together that would be far past the time-out.
    const tokenizer = opened.get('o200k_base')!;
    const units = [
      'a',
      ' ',
      '7',
      '-',
      '漢字仮名',
      '👩\u200d💻',
      'aB',
      '\u02b0A',
      'e\u0301',
      ' \n',
      '/\n',
      'A',
    ];
    for (const unit of units) {
      const text = unit.repeat(Math.ceil(2e5 / unit.length));
      const tokenIds = tokenizer.encode(text);
      expect(tokenizer.decode(tokenIds)).toBe(text);
    }
  });

  it('counts a lone surrogate as U+FFFD', () => {
    const tokenizer = opened.get('cl100k_base')!;
    expect(tokenizer.encode('a\ud800b\udc00')).toEqual(tokenizer.encode('a\ufffdb\ufffd'));
  });

  it('refuses an unknown name and lists the known ones', async () => {
    await expect(openTokenizer('o300k_base')).rejects.toMatchObject({
      name: 'WatermarkError',
      code: 'tokenizer-unknown',
      message: expect.stringContaining(TOKENIZER_NAMES.join(', ')),
    });
    await expect(openTokenizer('constructor')).rejects.toMatchObject({ code: 'tokenizer-unknown' });
  });

  it('throws a TypeError once it is closed', async () => {
    const tokenizer = await openTokenizer('gpt2');
    tokenizer.close();
    tokenizer.close();
    expect(() => tokenizer.encode('a')).toThrow(TypeError);
    expect(() => tokenizer.decode([64])).toThrow(TypeError);
    expect(() => tokenizer.tokenBytes(64)).toThrow(TypeError);
    expect(() => tokenizer.byteOffsets([64])).toThrow(TypeError);
    expect(tokenizer.vocabSize).toBe(50_257);
  });
});
