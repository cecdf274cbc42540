import { openTokenizer, parseTokenizerJson } from '@countermark/watermark/tokenizer';
import { describe, expect, it, vi } from 'vitest';
import { demoFile, libraryFile, metaspaceFile, PATTERNS, splitBy } from './tokenizer-files.ts';

// What Node does where the optional dependency was not installed.
vi.mock('node:module', () => ({
  createRequire: () => ({
    resolve: (name: string) => {
      throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
    },
  }),
}));

describe('without the optional package', () => {
  it('says which one a tokenizer.json needs', () => {
    expect(() => parseTokenizerJson('digits', JSON.stringify(libraryFile()))).toThrow(
      expect.objectContaining({
        name: 'WatermarkError',
        code: 'tokenizer-unavailable',
        message: expect.stringContaining('"@anush008/tokenizers"'),
      }),
    );
  });

  it('opens byte-level files of the known patterns, files of characters and the encodings', async () => {
    const parts = [
      {},
      { normalizer: { type: 'NFC' } },
      { model: { ignore_merges: true } },
      ...Object.values(PATTERNS).map((pattern) => ({ pre_tokenizer: splitBy(pattern) })),
    ];
    for (const part of parts) {
      const tokenizer = parseTokenizerJson('ours', JSON.stringify(demoFile(part)));
      expect(tokenizer.decode(tokenizer.encode('read by our own encoder'))).toBe('read by our own encoder');
    }
    const characters = parseTokenizerJson('characters', JSON.stringify(metaspaceFile()));
    expect(characters.decode(characters.encode('ab é'))).toBe(' ab é');
    expect((await openTokenizer('gpt2')).encode('a').length).toBe(1);
  });
});
