import { ATTACKS, type AttackedText } from '@countermark/evaluation';
import { seededRandom } from '@countermark/watermark';
import { normalizeText } from '@countermark/watermark/tokenizer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESOURCES, TEXT } from './sample.ts';

const STRENGTHS = [0.05, 0.1, 0.25, 0.5, 0.75, 0.95];
const degrees = ATTACKS.filter(({ unit }) => unit !== 'whole text');
const whole = ATTACKS.filter(({ unit }) => unit === 'whole text');

function attack(name: string, text: string, strength: number, seed: string | number = 1): AttackedText {
  const found = ATTACKS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no attack ${name}`);
  return found.apply(text, strength, seededRandom(seed), RESOURCES);
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
const lettersOf = (text: string): string[] => text.match(/\p{L}[\p{L}\p{M}]*/gu) ?? [];
const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
/** How many places differ in two lists of one length. */
function differences(a: readonly string[], b: readonly string[]): number {
  expect(b).toHaveLength(a.length);
  return a.filter((value, i) => value !== b[i]).length;
}

/**
 * For each attack, units of the text and how many of them a result shows to be touched: counted from the texts alone. Homoglyphs
 * are counted by the letters that are no longer ASCII.
 */
const TOUCHED: Readonly<Record<string, (result: string) => [touched: number, units: number]>> = {
  delete: (result) => [words(TEXT).length - words(result).length, words(TEXT).length],
  insert: (result) => [words(result).length - words(TEXT).length, words(TEXT).length],
  substitute: (result) => [differences(lettersOf(TEXT), lettersOf(result)), lettersOf(TEXT).length],
  swap: (result) => [differences(words(TEXT), words(result)), words(TEXT).length],
  case: (result) => [differences(words(TEXT), words(result)), words(TEXT).length],
  punctuation: (result) => [count(TEXT, /\p{P}/gu) - count(result, /\p{P}/gu), count(TEXT, /\p{P}/gu)],
  truncate: (result) => [words(TEXT).length - words(result).length, words(TEXT).length],
  mix: (result) => [count(result, /\bz\w*/gi), words(result).length],
  splice: (result) => [count(result, /\bz\w*/gi), words(result).length],
  homoglyph: (result) => [count(result, /\p{Script=Cyrillic}/gu), count(TEXT, /[aceopsxyijABCEHIKMOPSTXY]/g)],
  'homoglyph-other': (result) => [count(result, /[ɑҽհոօզսⅽⅾⅰⅼⅿ]/gu), count(TEXT, /[aehnoqucdilm]/g)],
  'zero-width': (result) => [
    normalizeText(result).changes.reduce((sum, change) => sum + change.count, 0),
    lettersOf(TEXT).filter((word) => word.length > 1).length,
  ],
};
// Fewer than half of the words have a synonym here.
const most: Readonly<Record<string, number>> = {
  substitute: lettersOf(TEXT).filter((word) => /^w[ab]/i.test(word)).length / lettersOf(TEXT).length,
};

describe.each(ATTACKS.map((each) => [each.name, each] as const))('%s', (name, { strengths }) => {
  it('leaves every text as it is at strength 0', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer(), (text, seed) => {
        expect(attack(name, text, 0, seed)).toEqual({ text, touched: 0 });
      }),
      { seed: 1 },
    );
  });

  it('gives the same text to the same seed', () => {
    for (const strength of strengths)
      expect(attack(name, TEXT, strength)).toEqual(attack(name, TEXT, strength));
  });

  it.each([-0.01, 1.01, Number.NaN])('refuses a strength of %d', (strength) => {
    expect(() => attack(name, TEXT, strength)).toThrow(RangeError);
  });

  it('has default strengths that ascend, and are its own', () => {
    expect(strengths).toEqual(strengths.toSorted((a, b) => a - b));
    expect(() => strengths.map((strength) => attack(name, TEXT, strength))).not.toThrow();
  });
});

describe.each(degrees.map(({ name }) => name))('%s, by degrees', (name) => {
  it.each(STRENGTHS)('touches the share that is asked for, %d, up to half a unit', (strength) => {
    const { text, touched } = attack(name, TEXT, strength);
    const [found, units] = TOUCHED[name]?.(text) ?? [Number.NaN, 1];
    // Units are whole, and pairs of words are two of them; the share of unmarked words is of what is then there.
    const tolerance = (name === 'swap' ? 1 : 0.5) / units + 1e-12;
    const asked = Math.min(strength, most[name] ?? 1);
    expect(found / units).toBeCloseTo(touched, 12);
    expect(Math.abs(touched - asked)).toBeLessThanOrEqual(tolerance);
  });
});

it.each(degrees.map(({ name }) => name).filter((name) => name !== 'truncate'))(
  '%s takes other units for another seed',
  (name) => {
    expect(attack(name, TEXT, 0.05, 1).text).not.toBe(attack(name, TEXT, 0.05, 2).text);
  },
);

describe('the same seed', () => {
  it('deletes what a weaker attack deletes', () => {
    const kept = STRENGTHS.map((strength) => new Set(words(attack('delete', TEXT, strength).text)));
    for (const [i, fewer] of kept.entries()) {
      for (const word of kept[i + 1] ?? []) expect(fewer).toContain(word);
    }
  });
});

describe('what is left', () => {
  it('is the words in their order, when some are deleted or others put between', () => {
    const order = new Map(words(TEXT).map((word, i) => [word, i]));
    for (const name of ['delete', 'insert', 'mix', 'splice', 'truncate']) {
      const places = words(attack(name, TEXT, 0.5).text).flatMap((word) => order.get(word) ?? []);
      expect(places, name).toEqual(places.toSorted((a, b) => a - b));
      if (!['delete', 'truncate'].includes(name)) expect(places, name).toHaveLength(order.size);
    }
  });

  it('is one piece after splicing', () => {
    expect(attack('splice', TEXT, 0.75).text).toContain(TEXT);
  });

  it('is the beginning after truncation', () => {
    expect(TEXT.startsWith(attack('truncate', TEXT, 0.3).text)).toBe(true);
  });

  it('is the text but for case after a change of case', () => {
    expect(attack('case', TEXT, 1).text.toLowerCase()).toBe(TEXT.toLowerCase());
  });

  it('is the text again once it is normalised, after invisible characters', () => {
    expect(normalizeText(attack('zero-width', TEXT, 1).text).text).toBe(TEXT);
  });

  it('keeps capitals when a synonym takes a word’s place', () => {
    const { text } = attack('substitute', 'Wacc wacc WACC', 1);
    expect(text).toBe('Waccx waccx WACCX');
  });

  it('is nothing of nothing', () => {
    for (const { name, strengths } of ATTACKS) {
      const { text, touched } = attack(name, '', strengths.at(-1) ?? 0);
      expect({ name, text, touched }).toEqual({ name, text: '', touched: 0 });
    }
  });
});

describe('attacks without degrees', () => {
  it.each(whole.map(({ name }) => name))('%s refuses a strength between', (name) => {
    expect(() => attack(name, TEXT, 0.5)).toThrow('"strength" expected 0 or 1');
  });

  it('a round trip is the identity for every text without lone surrogates', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(attack('round-trip', text, 1)).toEqual({ text, touched: 0 });
      }),
      { seed: 1 },
    );
  });

  it('decoding token by token loses what tokens share, and nothing else', () => {
    // The foreign tokenizer's tokens are bytes: every character beyond ASCII is shared.
    expect(attack('token-by-token', 'a fox', 1)).toEqual({ text: 'a fox', touched: 0 });
    expect(attack('token-by-token', 'é', 1)).toEqual({ text: '\ufffd\ufffd', touched: 1 });
  });

  it('normalising composes compatible characters and keeps one space of many', () => {
    expect(attack('normalize', ' ﬁne\n\n café  Ⅻ ', 1).text).toBe('fine café XII');
  });
});
