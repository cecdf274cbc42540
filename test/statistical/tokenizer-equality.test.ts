import type { TiktokenEncoding } from 'tiktoken';
import { describe, expect, it } from 'vitest';
import { adversarialRuns, adversarialTexts } from '../tokenizer/adversarial-text.ts';
import { firstDifference, withOracle } from '../tokenizer/oracle.ts';
import { realDocuments, realTexts } from '../tokenizer/real-text.ts';

const MEGABYTE = 1e6;

// The encodings of current models, and one with the older pattern.
const encodings: readonly { name: TiktokenEncoding; megabytes: number; strings: number }[] = [
  { name: 'o200k_base', megabytes: 100, strings: 250_000 },
  { name: 'cl100k_base', megabytes: 100, strings: 250_000 },
  { name: 'p50k_base', megabytes: 10, strings: 50_000 },
];

describe.each(encodings)('openTokenizer($name).encode', ({ name, megabytes, strings }) => {
  const both = withOracle(name);

  it(`gives the ids of tiktoken on ${megabytes} MB of mixed real text`, () => {
    const bytes = new Map<string, number>();
    let total = 0; // of text: binaries are encoded, but not counted
    for (const text of realTexts()) {
      if (megabytes < 100 && total > megabytes * MEGABYTE) break;
      for (const document of realDocuments(text)) {
        const at = firstDifference(both.tokenizer, both.oracle, document.text);
        if (at !== undefined) {
          expect.fail(`${document.file}: byte ${at} of the document from code unit ${document.start} on`);
        }
        const size = Buffer.byteLength(document.text);
        if (document.kind !== 'binaries') total += size;
        bytes.set(document.kind, (bytes.get(document.kind) ?? 0) + size);
      }
    }
    const kinds = [...bytes].map(([kind, size]) => `${kind} ${(size / MEGABYTE).toFixed(1)} MB`).join(', ');
    expect(total, kinds).toBeGreaterThanOrEqual(megabytes * MEGABYTE);
    if (megabytes < 100) return;
    for (const [kind, size] of bytes) expect(size, kind).toBeGreaterThan(0.4 * MEGABYTE);
    expect(bytes.size).toBe(12);
  });

  it(`gives the ids of tiktoken on ${strings} strings made to be hard to cut`, () => {
    let texts = 0;
    for (const text of adversarialTexts(`equality ${name}`, strings)) {
      const at = firstDifference(both.tokenizer, both.oracle, text);
      if (at !== undefined) expect.fail(`string ${texts}, byte ${at}: ${JSON.stringify(text)}`);
      texts++;
    }
    expect(texts).toBe(strings);
  });

  it('gives the ids of tiktoken in runs of thousands of characters', () => {
    for (const { what, text } of adversarialRuns(`runs ${name}`)) {
      const at = firstDifference(both.tokenizer, both.oracle, text);
      if (at !== undefined) expect.fail(`${what}, ${text.length} code units: byte ${at}`);
    }
  });

  it('would name the byte of a difference', () => {
    const text = 'The quick brown fox jumps over the lazy dog.';
    const wrong = {
      encode_ordinary: (of: string): Uint32Array => {
        const ids = both.oracle.encode_ordinary(of);
        ids[3] = 0;
        return ids;
      },
    };
    expect(firstDifference(both.tokenizer, both.oracle, text)).toBeUndefined();
    expect(firstDifference(both.tokenizer, wrong, text)).toBe('The quick brown'.length);
    expect(firstDifference(both.tokenizer, { encode_ordinary: () => new Uint32Array() }, text)).toBe(0);
  });
});
