/** The law over all keys of layers against fractions that a script of its own made: test/vectors/gen/synthid_law.py. */
import { readFileSync } from 'node:fs';
import { Detector } from '@countermark/detector';
import { ForeignKey, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const { ngram_len, cases } = z
  .strictObject({
    ngram_len: z.int(),
    cases: z.array(
      z.strictObject({
        text: z.string(),
        keys_are: z.string(),
        token_ids: z.array(z.int()),
        keys: z.array(z.string()),
        scored: z.int(),
        log10_p: z.number(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../vectors/synthid-law.json', import.meta.url), 'utf8')));

describe('the law of synthid-hf over all keys', () => {
  it('has small p-values among its known answers', () => {
    expect(Math.min(...cases.map(({ log10_p }) => log10_p))).toBeLessThan(-6);
  });

  it.each(cases)('is the fraction of keys: $text, keys $keys_are', ({ token_ids, keys, scored, log10_p }) => {
    const key = new ForeignKey({
      profile: profileNamed('synthid-hf'),
      config: { keys, ngram_len },
      vocabSize: 50_257,
    });
    const detector = new Detector([key], { minTokens: 1 });
    const found = detector.detect(Uint32Array.from(token_ids));
    detector.close();
    expect(found.scored).toBe(scored);
    expect(found.log10RawPValue).toBeCloseTo(log10_p, 7);
    expect(found.log10RawPValue).toBeGreaterThanOrEqual(log10_p - 1e-13);
  });
});
