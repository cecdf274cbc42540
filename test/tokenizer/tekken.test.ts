import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { humanText } from '@countermark/fixtures';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { Tiktoken } from 'tiktoken';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { randomTexts, withoutSurrogates } from './random-text.ts';
import { demoFile } from './tokenizer-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'countermark-tokenizers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const Vectors = z.strictObject({
  source: z.string(),
  file: z.looseObject({ config: z.looseObject({ pattern: z.string() }), vocab: z.array(z.unknown()) }),
  tests: z.array(z.strictObject({ text: z.string(), ids: z.array(z.int()) })),
});
const vectors = Vectors.parse(
  JSON.parse(readFileSync(new URL('../vectors/tekken.json', import.meta.url), 'utf8')),
);
const texts = [withoutSurrogates(humanText('prose').slice(-8000)), ...randomTexts('other files', 200), ''];

describe('openTokenizer of a tekken.json', () => {
  it('gives the ids of mistral-common', async () => {
    const tokenizer = await openTokenizer(write('Nemo/tekken.json', JSON.stringify(vectors.file)));
    expect([tokenizer.name, tokenizer.vocabSize]).toEqual(['Nemo', 291]);
    expect(vectors.tests.length).toBeGreaterThan(250);
    for (const { text, ids } of vectors.tests) {
      expect([...tokenizer.encode(text)]).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
    }
    expect(tokenizer.decode([3, 11])).toBe('[INST]<SPECIAL_11>');
    tokenizer.close();
  });

  it('gives the ids of tiktoken under its pattern', async () => {
    const tokenizer = await openTokenizer(write('b/tekken.json', JSON.stringify(vectors.file)));
    const words = vectors.file.vocab
      .slice(0, 279)
      .map((entry) => z.looseObject({ token_bytes: z.string() }).parse(entry));
    const ranks = `! 0 ${words.map(({ token_bytes }) => token_bytes).join(' ')}`;
    const oracle = new Tiktoken(ranks, {}, vectors.file.config.pattern);
    for (const text of texts) {
      expect([...tokenizer.encode(text)]).toEqual([...oracle.encode_ordinary(text)].map((rank) => rank + 12));
    }
    oracle.free();
    tokenizer.close();
  });

  it('is found in a folder without a tokenizer.json', async () => {
    write('Small/tekken.json', JSON.stringify(vectors.file));
    const tokenizer = await openTokenizer(join(folder, 'Small'));
    expect([tokenizer.name, tokenizer.vocabSize]).toEqual(['Small', 291]);
    write('Small/tokenizer.json', JSON.stringify(demoFile()));
    expect((await openTokenizer(join(folder, 'Small'))).vocabSize).toBe(4096);
  });

  it.each([
    ['a pattern of its own', { pattern: '\\p{L}+' }, 'a pattern of its own'],
    [
      'fewer tokens than it says',
      { default_vocab_size: 400 },
      'of 400 tokens, 12 of them special, and has 281 others',
    ],
    [
      'no number of tokens',
      { default_vocab_size: 'many' },
      'config.default_vocab_size is missing or malformed',
    ],
  ])('is refused with %s', async (_, config, message) => {
    const file = { ...vectors.file, config: { ...vectors.file.config, ...config } };
    await expect(openTokenizer(write('bad.json', JSON.stringify(file)))).rejects.toThrow(
      expect.objectContaining({ code: 'tokenizer-unreadable', message: expect.stringContaining(message) }),
    );
  });
});

describe('openTokenizer of a SentencePiece model', () => {
  it('is refused by name, saying what to give instead', async () => {
    // The first piece, `<unk>`, as the library writes it.
    const model = Buffer.from('0a0e0a053c756e6b3e15000000001802', 'hex');
    const path = write('spiece.model', model);
    await expect(openTokenizer(path)).rejects.toThrow(
      expect.objectContaining({
        code: 'tokenizer-unreadable',
        message: expect.stringMatching(
          /spiece\.model: it is a SentencePiece model, .* give the tokenizer\.json/,
        ),
      }),
    );
  });
});
