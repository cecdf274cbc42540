import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createWordBins, EvidenceTally } from '@countermark/detector/evidence';
import { describe, expect, it } from 'vitest';
import { eValueAnswers, rulesSource } from '../support/spec-rules.ts';

describe('EvidenceTally', () => {
  it.each(eValueAnswers)('agrees with answer $tcId: $comment', ({ scheme, words, bins, log10EValue }) => {
    const wordBins = createWordBins(scheme);
    expect(words.slice(0, 8).map((word) => wordBins.binOf(word))).toEqual(bins);
    const tally = new EvidenceTally(wordBins);
    tally.add(Uint32Array.from(words), words.length);
    // Bins of a few words have a law that is a difference of doubles near 1, good to some 1e-8.
    expect(Math.abs(tally.log10EValue() - log10EValue)).toBeLessThan(1e-7);
  });
});

describe('the table of next tokens', () => {
  it('has the digest that docs/spec.md and the answers name', () => {
    const table = readFileSync(new URL('../vectors/spec-next-tokens.json', import.meta.url));
    const digest = createHash('sha256').update(table).digest('hex');
    expect(rulesSource).toContain(digest);
    const page = readFileSync(new URL('../../docs/spec.md', import.meta.url), 'utf8');
    expect(page).toContain(`\`${digest}\``);
  });
});
