import { readFileSync } from 'node:fs';
import { demoModelDirectory } from '@countermark/demo-model';
import { openTokenizer, parseTokenizerJson, type Tokenizer } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addedToken, demoFile, metaspaceFile, PATTERNS, splitBy } from './tokenizer-files.ts';

const Case = z.strictObject({
  tcId: z.int().positive(),
  comment: z.string().min(1),
  name: z.string().optional(),
  file: z.unknown().optional(),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
});
const vectors = z
  .strictObject({
    algorithm: z.string(),
    source: z.literal('docs/spec.md section 7'),
    generator: z.string(),
    tests: z.array(Case).min(1),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../vectors/tokenizer-fingerprints.json', import.meta.url), 'utf8')),
  );

async function open({ name, file }: z.output<typeof Case>): Promise<Tokenizer> {
  if (file !== undefined) return parseTokenizerJson('file', JSON.stringify(file));
  return openTokenizer(name === 'demo' ? demoModelDirectory() : String(name));
}

function fingerprintOf(file: object): string {
  const tokenizer = parseTokenizerJson('file', JSON.stringify(file));
  tokenizer.close();
  return tokenizer.fingerprint;
}

describe('fingerprint', () => {
  it.each(vectors.tests)('is what another language computes: $comment', async (test) => {
    const tokenizer = await open(test);
    expect(tokenizer.fingerprint).toBe(test.fingerprint);
    tokenizer.close();
  });

  const demo = demoFile();
  const { merges, vocab } = demo.model;
  const differing: readonly (readonly [string, object])[] = [
    ['the pattern', demoFile({ pre_tokenizer: splitBy(PATTERNS.Qwen) })],
    ['the normalizer', demoFile({ normalizer: { type: 'NFC' } })],
    ['whole pieces', demoFile({ model: { ignore_merges: true } })],
    ['the order of merges', demoFile({ model: { merges: [merges[1], merges[0], ...merges.slice(2)] } })],
    ['the number of merges', demoFile({ model: { merges: merges.slice(0, -1) } })],
    ['an id', demoFile({ model: { vocab: { ...vocab, '!': vocab['"'], '"': vocab['!'] } } })],
    ['an added token', demoFile({ added_tokens: [...demo.added_tokens, addedToken(4096, '<b>')] })],
    [
      'an added token, other content',
      demoFile({ added_tokens: [...demo.added_tokens, addedToken(4096, '<c>')] }),
    ],
    ['an added token, other id', demoFile({ added_tokens: [...demo.added_tokens, addedToken(4097, '<b>')] })],
    [
      'an added token after normalization',
      demoFile({ added_tokens: [...demo.added_tokens, addedToken(4096, '<b>', { normalized: true })] }),
    ],
    ['another kind', metaspaceFile()],
    [
      'another kind, other merges',
      { ...metaspaceFile(), model: { ...metaspaceFile().model, merges: ['a b'] } },
    ],
    ['another kind, another normalizer', { ...metaspaceFile(), normalizer: null }],
  ];

  it('differs with everything that decides ids', () => {
    const fingerprints = [demo, ...differing.map(([, file]) => file)].map(fingerprintOf);
    expect(new Set(fingerprints).size).toBe(differing.length + 1);
  });

  it('does not differ with what decides none', () => {
    const otherName = demoFile({ added_tokens: [addedToken(4095, '<eos>', { special: true })] });
    const moreSpecial = demoFile({
      added_tokens: [...demo.added_tokens, addedToken(9000, '<pad>', { special: true })],
    });
    for (const file of [
      otherName,
      moreSpecial,
      demoFile({ truncation: { max_length: 1 }, version: '2.0' }),
    ]) {
      expect(fingerprintOf(file)).toBe(fingerprintOf(demo));
    }
    const decoded = {
      ...metaspaceFile(),
      decoder: { type: 'Fuse' },
      added_tokens: [addedToken(1, '<s>', { special: true })],
    };
    expect(fingerprintOf(decoded)).toBe(fingerprintOf(metaspaceFile()));
  });
});
