import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { humanText } from '@countermark/fixtures';
import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import { get_encoding, Tiktoken } from 'tiktoken';
import { afterAll, describe, expect, it } from 'vitest';
import { randomTexts, withoutSurrogates } from './random-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'countermark-tokenizers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const texts = [withoutSurrogates(humanText('prose').slice(-8000)), ...randomTexts('other files', 200), ''];

/** A file of ranks, as they are published: `<base64> <rank>` a line. */
function ranksFile(tokens: readonly (readonly [word: string, rank: number])[]): string {
  return tokens.map(([word, rank]) => `${word} ${rank}\n`).join('');
}

/** Ranks of 256 bytes, and of made-up words up to a number. */
function ranksUpTo(count: number): [string, number][] {
  const ranks = Array.from({ length: 256 }, (_, byte): [string, number] => [
    base64(Uint8Array.of(byte)),
    byte,
  ]);
  for (const first of 'etaoins')
    for (const second of 'hrdlu') ranks.push([base64(first + second), ranks.length]);
  // Never met: they begin with a byte that UTF-8 does not have.
  while (ranks.length < count)
    ranks.push([base64(Buffer.concat([Buffer.of(0xff), Buffer.from(String(ranks.length))])), ranks.length]);
  return ranks;
}

/** A token's bytes; ids of some encodings have gaps. */
function wordOf(tokenizer: Tokenizer, id: number): Uint8Array | undefined {
  try {
    return tokenizer.tokenBytes(id);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function base64(bytes: string | Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

describe('openTokenizer of ranks for tiktoken', () => {
  it.each(['cl100k_base', 'o200k_base', 'r50k_base', 'p50k_base'] as const)(
    'is the encoding: %s',
    async (name) => {
      const oracle = get_encoding(name);
      const ranks: [string, number][] = [];
      const named = await openTokenizer(name);
      for (let id = 0; id < named.vocabSize; id++) {
        const word = wordOf(named, id);
        // Special tokens are in no file of ranks.
        if (word !== undefined && !/^<\|(endof|fim_)/.test(Buffer.from(word).toString())) {
          ranks.push([base64(word), id]);
        }
      }
      const tokenizer = await openTokenizer(write(`${name}.tiktoken`, ranksFile(ranks)));
      expect(tokenizer.name).toBe(name);
      expect(tokenizer.vocabSize).toBe(named.vocabSize);
      expect(tokenizer.fingerprint).toBe(named.fingerprint);
      for (const text of texts)
        expect([...tokenizer.encode(text)]).toEqual([...oracle.encode_ordinary(text)]);
      oracle.free();
      tokenizer.close();
    },
  );

  it.each([
    ['Llama 3', 128_000, 128_256, 'Llama3/tokenizer.model', 'Llama3', '\\p{N}{1,3}'],
    ['Qwen', 151_643, 151_851, 'qwen.tiktoken', 'qwen', '\\p{N}'],
  ])(
    'cuts text as %s does, known by the number of ranks',
    async (_, count, vocabSize, file, name, digits) => {
      const ranks = ranksUpTo(count);
      const tokenizer = await openTokenizer(write(file, ranksFile(ranks)));
      expect([tokenizer.name, tokenizer.vocabSize]).toEqual([name, vocabSize]);
      const pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
      const oracle = new Tiktoken(`! 0 ${ranks.map(([word]) => word).join(' ')}`, {}, pattern);
      for (const text of texts)
        expect([...tokenizer.encode(text)]).toEqual([...oracle.encode_ordinary(text)]);
      oracle.free();
      tokenizer.close();
    },
  );

  it('is refused with another number of ranks, saying what to give instead', async () => {
    await expect(openTokenizer(write('kimi.tiktoken', ranksFile(ranksUpTo(300))))).rejects.toThrow(
      /a file of 300 ranks for tiktoken, which does not say how text is cut; known are .*Qwen \(151643\); give the tokenizer\.json/,
    );
  });

  it('is refused by the line that is no rank, and by the token that is there twice', async () => {
    await expect(openTokenizer(write('bad.tiktoken', 'IQ== 0\nIg==\n'))).rejects.toThrow('line 2 is not');
    const twice = ranksUpTo(128_000).map(([word, rank]): [string, number] => [word, rank === 99 ? 98 : rank]);
    await expect(openTokenizer(write('twice.tiktoken', ranksFile(twice)))).rejects.toThrow(
      'two tokens have the id 98',
    );
  });
});
