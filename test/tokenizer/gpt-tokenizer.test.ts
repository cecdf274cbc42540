import { humanText, TEXT_KINDS } from '@countermark/fixtures';
import { encode as encodeCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { encode as encodeO200k } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { firstDifference, withOracle } from './oracle.ts';

// Why the encoder is our own (docs/choices.md): gpt-tokenizer 4.0.0, which package.json pins, is quicker than
// tiktoken, but does not give its ids for these strings.
const encodings = [
  { name: 'o200k_base', other: encodeO200k },
  { name: 'cl100k_base', other: encodeCl100k },
] as const;

// Source: \p{L} of Unicode 16.0 lacks this letter, and that of 17.0 has it (DerivedAge.txt).
const LETTER_OF_UNICODE_17 = '\u088f';

describe.each(encodings)('gpt-tokenizer on $name', ({ name, other }) => {
  const both = withOracle(name);
  const otherDiffers = (text: string): boolean => {
    const ids = other(text, { disallowedSpecial: new Set() });
    return ids.join() !== both.oracle.encode_ordinary(text).join();
  };

  it.each([
    ['a byte order mark', '\ufeff'],
    ['a byte order mark before a word', '\ufeffusing System;'],
    ['a byte order mark inside a text', 'a\ufeffb'],
    ['U+0085, white space to tiktoken but not to JavaScript', "Ab\u0085's"],
    ['a contraction with the long s', " I'\u017f"],
  ])('gives other ids than tiktoken for %s, and ours are those of tiktoken', (_, text) => {
    expect(firstDifference(both.tokenizer, both.oracle, text)).toBeUndefined();
    // In o200k_base a contraction is part of its word, which then merges to " I'" and the long s. In cl100k_base
    // it is a piece of its own, and no token reaches across its edges either way.
    const hidden = text.includes('\u017f') && name === 'cl100k_base';
    expect(otherDiffers(text)).toBe(!hidden);
  });

  it('spells a byte order mark in two tokens where there is one', () => {
    const expected = both.oracle.encode_ordinary('\ufeff');
    expect(expected).toHaveLength(1);
    expect(both.tokenizer.encode('\ufeff')).toEqual(expected);
    expect(other('\ufeff')).toHaveLength(2);
  });

  it('follows the Unicode version of the runtime, and ours that of tiktoken', () => {
    const text = `Ab${LETTER_OF_UNICODE_17}'s`;
    expect(firstDifference(both.tokenizer, both.oracle, text)).toBeUndefined();
    expect(otherDiffers(text)).toBe(/\p{L}/u.test(LETTER_OF_UNICODE_17));
  });

  it('gives the ids of tiktoken on text by people without those characters', () => {
    for (const kind of TEXT_KINDS) {
      expect(
        otherDiffers(
          humanText(kind)
            .slice(0, 200_000)
            .replace(/[\ufeff\u0085\u017f]/g, ''),
        ),
        kind,
      ).toBe(false);
    }
  });
});
