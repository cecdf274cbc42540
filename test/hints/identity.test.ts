import { humanText } from '@countermark/fixtures';
import { createIdentityCounter } from '@countermark/hints';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLAIMS, DENIALS, NO_CLAIMS } from './statements.ts';

const counter = createIdentityCounter();

describe('IdentityCounter', () => {
  it.each(Object.entries(CLAIMS))('counts claims in %s, and knows whose', (language, claims) => {
    for (const [assistant, text] of claims) {
      const { claims: found, denials } = counter.read(text);
      expect(found.length, text).toBeGreaterThan(0);
      for (const claim of found) expect(claim, text).toMatchObject({ assistant, language });
      expect(denials, text).toEqual([]);
    }
  });

  it.each(Object.entries(NO_CLAIMS))('counts nothing else in %s', (_, texts) => {
    for (const text of texts) expect(counter.count(text), text).toEqual([]);
  });

  it.each(Object.entries(DENIALS))('takes a denial in %s for no claim', (language, text) => {
    expect(counter.read(text)).toMatchObject({ claims: [], denials: [{ assistant: 'openai', language }] });
  });

  it('says where in the text a claim stands', () => {
    const text = 'Of course. I am ChatGPT, a language model.';
    const [claim] = counter.count(text);
    expect(text.slice(claim?.start, claim?.end)).toBe('I am ChatGPT');
  });

  it('finds claims wherever they stand in a long text', () => {
    const claims = Object.values(CLAIMS).flat();
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), fc.integer({ min: 0, max: claims.length - 1 }), (a, b, i) => {
        const alone = counter.count(claims[i]![1]).length;
        const text = `${'word '.repeat(a)}\n\n${claims[i]![1]}\n\n${'word '.repeat(b)}`;
        expect(counter.count(text)).toHaveLength(alone);
      }),
    );
  });

  it.each(['prose', 'e-mail', 'code', 'other languages'] as const)('finds no claim in human %s', (kind) => {
    expect(counter.count(humanText(kind).slice(0, 2_000_000))).toEqual([]);
  });

  it('keeps no state between texts', () => {
    const first = counter.read('I am ChatGPT.');
    counter.read('x'.repeat(1000));
    expect(counter.read('I am ChatGPT.')).toEqual(first);
  });
});
