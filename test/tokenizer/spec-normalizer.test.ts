import { normalizeBy } from '@countermark/detector';
import { parseTokenizerJson } from '@countermark/watermark/tokenizer';
import { describe, expect, it, vi } from 'vitest';
import { answers, rowOf } from './spec-normalizer-vectors.ts';
import { demoFile } from './tokenizer-files.ts';

describe('docs/spec.md section 7.4', () => {
  it.each(answers.sets)('shows the size and the digest of a set: $name', ({ name, size, sha256 }) => {
    expect(rowOf(name)).toContain(`| ${size.toLocaleString('en')} | \`${sha256.slice(0, 16)}\` |`);
  });
});

describe('normalizeText', () => {
  it.each(answers.tests)('agrees with answer $tcId: $comment', (answer) => {
    const { text, changes } = normalizeBy(answer.text, answer.normalization);
    expect({ text, changes }).toEqual({ text: answer.expected, changes: answer.changes });
  });
});

describe('a tokenizer.json with the normalizer NFC', () => {
  const tokenizer = parseTokenizerJson('nfc', JSON.stringify(demoFile({ normalizer: { type: 'NFC' } })));

  it.each(answers.nfc)('encodes the form of Unicode 16.0, answer $tcId: $comment', ({ text, expected }) => {
    const ids = tokenizer.encode(text);
    expect(tokenizer.decode(ids)).toBe(expected);
    expect(tokenizer.byteOffsets(ids, text).at(-1)).toBe(new TextEncoder().encode(text).length);
  });

  it('is refused where the runtime is older than that', () => {
    // A runtime to which the newest characters are unassigned leaves them as they are.
    const normalize = vi.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string) {
      return `${this}`;
    });
    const open = (normalizer: object | null) => () =>
      parseTokenizerJson('old', JSON.stringify(demoFile({ normalizer })));
    try {
      expect(open({ type: 'NFC' })).toThrow(/needs a JavaScript runtime of Unicode 16.0 or later/);
      expect(open(null)).not.toThrow();
    } finally {
      normalize.mockRestore();
    }
  });
});
