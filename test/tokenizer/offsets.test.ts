import { createTextStream, openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomTexts } from './random-text.ts';

describe.each(['o200k_base', 'cl100k_base', 'gpt2'])('a tokenizer (%s)', (name) => {
  const utf8 = new TextEncoder();
  const texts = ['', 'a', '\ufeffBOM', '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩🏽\u200d💻 ᚠᛇᚻ', ...randomTexts(`offsets ${name}`, 400)];
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await openTokenizer(name);
  });
  afterAll(() => tokenizer.close());

  it('decodes what it encoded', () => {
    for (const text of texts) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('takes ids from any iterable or array-like', () => {
    const tokenIds = tokenizer.encode('any iterable');
    expect(tokenizer.decode(new Set(tokenIds))).toBe('any iterable');
    expect(tokenizer.decode({ ...tokenIds, length: tokenIds.length })).toBe('any iterable');
    expect(tokenizer.byteOffsets(new Set(tokenIds).values(), 'any iterable')).toEqual(
      tokenizer.byteOffsets(tokenIds),
    );
  });

  it('cuts the bytes of the text at its byte offsets', () => {
    let split = 0;
    for (const text of texts) {
      const bytes = utf8.encode(text);
      const tokenIds = tokenizer.encode(text);
      const offsets = tokenizer.byteOffsets(tokenIds, text);
      expect(offsets).toEqual(tokenizer.byteOffsets(tokenIds));
      expect(offsets.length).toBe(tokenIds.length + 1);
      expect(offsets[0]).toBe(0);
      expect(offsets.at(-1)).toBe(bytes.length);
      const slices = Array.from(tokenIds, (_, i) => bytes.slice(offsets[i], offsets[i + 1]).join());
      expect(slices.join(' ')).toBe(Array.from(tokenIds, (id) => tokenizer.tokenBytes(id).join()).join(' '));
      split += offsets.filter((at) => (bytes[at]! & 0xc0) === 0x80).length;
    }
    // The sample has what this is about: tokens that begin inside a character.
    expect(split).toBeGreaterThan(100);
  });

  it('refuses ids that are not those of the text', () => {
    const tokenIds = tokenizer.encode('one text and no other');
    for (const text of ['', 'one text and no othe', 'one text and no other!', 'One text and no other']) {
      expect(() => tokenizer.byteOffsets(tokenIds, text)).toThrow(
        expect.objectContaining({ code: 'tokenizer-mismatch' }),
      );
    }
    expect(() => tokenizer.byteOffsets(tokenIds.subarray(0, 2), 'one text and no other')).toThrow(
      /at token 2$/,
    );
  });

  it('refuses an id that is no token', () => {
    for (const tokenId of [-1, 0.5, tokenizer.vocabSize, 2 ** 32, Number.NaN]) {
      expect(() => tokenizer.tokenBytes(tokenId)).toThrow(RangeError);
      expect(() => tokenizer.decode([tokenId])).toThrow(RangeError);
      expect(() => tokenizer.byteOffsets([tokenId])).toThrow(RangeError);
    }
  });

  it('gives out bytes that the caller may write to', () => {
    tokenizer.tokenBytes(100).fill(0);
    expect(tokenizer.decode([100])).not.toContain('\0');
  });
});

describe('createTextStream', () => {
  it('gives whole characters, and together what decode gives', async () => {
    const tokenizer = await openTokenizer('gpt2');
    const stream = createTextStream(tokenizer);
    for (const text of randomTexts('stream', 300)) {
      const tokenIds = tokenizer.encode(text);
      const parts = [...Array.from(tokenIds, (tokenId) => stream.push(tokenId)), stream.end()];
      expect(parts.join('')).toBe(text);
      if (!text.includes('\ufffd')) expect(parts.some((part) => part.includes('\ufffd'))).toBe(false);
    }
  });

  it('holds the first bytes of a character back until the last one comes', async () => {
    const tokenizer = await openTokenizer('gpt2');
    const tokenIds = tokenizer.encode('🙃'); // three tokens of GPT-2
    const stream = createTextStream(tokenizer);
    expect(tokenIds.length).toBe(3);
    expect(Array.from(tokenIds, (tokenId) => stream.push(tokenId))).toEqual(['', '', '🙃']);
    expect(stream.end()).toBe('');
  });

  it('ends half a character as U+FFFD and starts afresh', async () => {
    const tokenizer = await openTokenizer('gpt2');
    const [first = 0] = tokenizer.encode('🙃');
    const stream = createTextStream(tokenizer);
    expect(stream.push(first) + stream.end()).toBe(tokenizer.decode([first]));
    expect(stream.push(first)).toBe('');
    expect(stream.end()).toBe('\ufffd');
    expect(stream.push(tokenizer.encode('a')[0]!)).toBe('a');
  });
});
