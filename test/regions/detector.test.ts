import {
  correctDocuments,
  type Detection,
  Detector,
  type DetectorOptions,
  type Region,
} from '@countermark/detector';
import { createParams, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { normalizeText } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';

const { name, vocabSize, fingerprint } = BYTE_TOKENIZER;
const PARAMS = createParams({ tokenizer: { name, vocabSize, fingerprint }, contextWidth: 3 });
const KEY = new WatermarkKey(PARAMS, new Uint8Array(32).fill(7));
const OTHER = new WatermarkKey(PARAMS, new Uint8Array(32).fill(8));
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

const logits = new Float32Array(vocabSize).fill(Number.NEGATIVE_INFINITY);
for (const letter of LETTERS) logits[letter.charCodeAt(0)] = 0;

function markedLetters(count: number, seed: number): string {
  const watermarker = new Watermarker(KEY);
  const generation = watermarker.start({ prompt: [1, 2, 3], random: seededRandom(seed) });
  const bytes = Uint8Array.from({ length: count }, () => generation.next(logits));
  watermarker.close();
  return new TextDecoder().decode(bytes);
}

function plainLetters(count: number, seed: number, letters: readonly string[] = [...LETTERS]): string {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => letters[Math.floor(letters.length * random())]).join('');
}

function detect(content: string | Uint32Array, options: DetectorOptions = {}, keys = [KEY]): Detection {
  const detector = new Detector(keys, { tokenizers: [BYTE_TOKENIZER], regions: true, ...options });
  const detection = detector.detect(content);
  expect(detector.report(content).detection).toEqual(detection);
  detector.close();
  return detection;
}

function only(detection: Detection): Region {
  expect(detection.regions).toHaveLength(1);
  return detection.regions![0]!;
}

const MARKED = markedLetters(200, 1);
const BEFORE = plainLetters(900, 2);
const AFTER = plainLetters(900, 3);
const DOCUMENT = `${BEFORE}${MARKED}${AFTER}`;
// 26 equal letters: a marked tuple speaks for the mark with 3 nats or so, and every other one is scored.
const NEAR = 25;

describe('Detection with regions', () => {
  it('finds a tenth of a document that the whole does not show', () => {
    const detection = detect(DOCUMENT);
    const whole = detect(DOCUMENT, { regions: false });
    expect(detection.log10RawPValue).toBe(whole.log10PValue);
    expect(detection.verdict).toBe('detected');
    expect(detection.log10PValue).toBeLessThan(whole.log10PValue);
    const { tokens, scored, log10PValue } = only(detection);
    expect(Math.abs(tokens.start - BEFORE.length)).toBeLessThan(NEAR);
    expect(Math.abs(tokens.end - BEFORE.length - MARKED.length)).toBeLessThan(NEAR);
    expect(log10PValue).toBeLessThanOrEqual(-6);
    expect(log10PValue).toBeGreaterThanOrEqual(detection.log10PValue);
    // Half of the contexts are common ones: 4.9 standard deviations.
    const expected = 0.5 * (tokens.end - tokens.start - 3);
    expect(Math.abs(scored - expected)).toBeLessThan(4.9 * Math.sqrt(0.5 * expected));
  });

  it('leaves out what is there twice before a marked part, or behind it', () => {
    // Before borders could lie among repeats, one in nine of such regions began where the passage first ended.
    let swallowed = 0;
    for (let seed = 100; seed < 140; seed++) {
      const block = plainLetters(300, seed);
      const marked = markedLetters(200, seed);
      const before = `${block}${block}${block.slice(0, 150)}`;
      const { tokens } = only(detect(before + marked));
      expect(Math.abs(tokens.start - before.length), `seed ${seed}`).toBeLessThan(NEAR);
      // What is behind repeats what came before, and ends with a little that does not.
      const { tokens: after } = only(detect(block + marked + block + plainLetters(40, 1000 + seed)));
      expect(Math.abs(after.start - block.length), `seed ${seed}`).toBeLessThan(NEAR);
      if (after.end - block.length - marked.length > NEAR) swallowed++;
    }
    // The twenty scores of two of forty ends are by chance more like those of marked text.
    expect(swallowed).toBeLessThanOrEqual(2);
  });

  it('has no such field where it was not asked for', () => {
    const detection = detect(DOCUMENT, { regions: false });
    expect(detection).not.toHaveProperty('regions');
    expect(detection).toMatchObject({ tests: 1, corrections: [] });
  });

  it('doubles the p-value of the whole document where windows show nothing', () => {
    const detection = detect(BEFORE);
    expect(detection.regions).toEqual([]);
    expect(detection.log10PValue).toBe(Math.min(0, detection.log10RawPValue + Math.log10(2)));
  });

  it('finds nothing with a wrong key', () => {
    expect(detect(DOCUMENT, {}, [OTHER])).toMatchObject({ verdict: 'not-detected', regions: [] });
  });

  it('says what it is corrected for', () => {
    const { tests, corrections, keys, scored } = detect(DOCUMENT, {}, [OTHER, KEY]);
    const windows = corrections[0]!.tests;
    expect(corrections).toEqual([
      { method: 'bonferroni', over: 'windows', tests: windows },
      { method: 'holm', over: 'keys', tests: 2 },
    ]);
    // Fewer than two windows for each scored tuple (docs/statistics.md section 5.4), and more than one in a long document.
    expect(windows).toBeGreaterThan(scored);
    expect(windows).toBeLessThan(2 * scored);
    expect(tests).toBe(2 * windows);
    expect(keys[0]!.regions).toEqual([]);
  });

  it('corrects regions for the number of keys', () => {
    const alone = only(detect(DOCUMENT));
    const beside = only(detect(DOCUMENT, {}, [OTHER, KEY]));
    expect(beside.tokens).toEqual(alone.tokens);
    // Two sums in double precision.
    expect(beside.log10PValue).toBeCloseTo(alone.log10PValue + Math.log10(2), 9);
  });

  it('names no region in a document with too few scored tokens', () => {
    const { scored } = detect(MARKED);
    expect(detect(MARKED, { minTokens: scored }).regions).not.toEqual([]);
    expect(detect(MARKED, { minTokens: scored + 1 })).toMatchObject({ verdict: 'inconclusive', regions: [] });
  });

  it('tells an answer that is marked throughout as one region', () => {
    const { tokens } = only(detect(MARKED));
    expect(tokens.start).toBeLessThan(NEAR);
    expect(tokens.end).toBeGreaterThan(MARKED.length - NEAR);
  });

  it('gives no characters for token ids', () => {
    const region = only(detect(BYTE_TOKENIZER.encode(DOCUMENT)));
    expect(region).not.toHaveProperty('characters');
    expect(only(detect(DOCUMENT))).toEqual({ ...region, characters: region.tokens });
  });
});

describe('the characters of a region', () => {
  const HIDDEN = '\u200b';
  // Two, three and four bytes; the last is two UTF-16 code units.
  const wide = plainLetters(400, 4, ['é', '€', '😀', 'a', 'b', HIDDEN]);
  const text = `${wide}${[...MARKED].join(HIDDEN)}${wide}`;

  it('are those of the text as it was given', () => {
    const { tokens, characters } = only(detect(text));
    const tokenIds = BYTE_TOKENIZER.encode(normalizeText(text).text);
    const covered = text.slice(characters!.start, characters!.end);
    expect(covered).toContain(HIDDEN);
    // Token edges may split a character, which then belongs to the region: at most three bytes at either edge.
    const spelled = BYTE_TOKENIZER.decode(tokenIds.subarray(tokens.start, tokens.end)).replace(
      /^\ufffd+|\ufffd+$/g,
      '',
    );
    expect(normalizeText(covered).text).toContain(spelled);
    expect(normalizeText(covered).text.length - spelled.length).toBeLessThanOrEqual(4);
    expect(covered).not.toMatch(/\p{Surrogate}/u);
    expect(covered).toContain([...MARKED.slice(NEAR, -NEAR)].join(HIDDEN));
  });

  it('are counted alike without normalisation', () => {
    const clean = `${plainLetters(400, 5, ['é', '€', '😀', 'a', 'b'])}${MARKED}`;
    const { tokens, characters } = only(detect(clean, { normalization: 'none' }));
    const bytes = new TextEncoder().encode(clean.slice(0, characters!.start)).length;
    // Down to the start of a character of at most four bytes.
    expect(tokens.start - bytes).toBeGreaterThanOrEqual(0);
    expect(tokens.start - bytes).toBeLessThan(4);
    // The end is ASCII: what is left has as many bytes as characters.
    const total = new TextEncoder().encode(clean).length;
    expect(clean.length - characters!.end).toBe(total - tokens.end);
  });

  it('count a lone surrogate as one', () => {
    const broken = `\ud800${DOCUMENT}\udc00`;
    const { characters } = only(detect(broken));
    const { characters: whole } = only(detect(`x${DOCUMENT}x`));
    expect(Math.abs(characters!.start - whole!.start)).toBeLessThan(NEAR);
    expect(broken.slice(characters!.start, characters!.end)).toContain(MARKED.slice(NEAR, -NEAR));
  });
});

describe('correctDocuments with regions', () => {
  it('keeps the regions that the number of documents leaves, and none of documents that are not detected', () => {
    const alpha = 1e-3;
    const strong = detect(DOCUMENT, { alpha });
    const log10PValue = only(strong).log10PValue;
    const weak: Region = { ...only(strong), log10PValue: -3.2 };
    const documents = [
      { ...strong, regions: [only(strong), weak] },
      ...Array.from({ length: 9 }, (_, i) => detect(plainLetters(600, 10 + i), { alpha })),
    ];
    // One of ten is detected: regions count from 1e-4 on.
    const corrected = correctDocuments(documents);
    expect(corrected.map(({ verdict }) => verdict)).toEqual(['detected', ...Array(9).fill('not-detected')]);
    expect(corrected[0]!.regions!.map((region) => region.log10PValue)).toEqual([log10PValue]);
    expect(corrected.slice(1).flatMap(({ regions }) => regions)).toEqual([]);
    // With all of them detected nothing is lost.
    const twice = correctDocuments([documents[0]!, { ...documents[0]! }]);
    expect(twice[1]!.regions).toEqual([only(strong), weak]);
  });
});
