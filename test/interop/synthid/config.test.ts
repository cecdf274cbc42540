import { type ForeignMark, SYNTHID_HF, SYNTHID_TEXT, TorchRandom } from '@countermark/watermark/interop';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { drawNames, textWords, wordBits } from './case.ts';
import { splitMix, zipfText } from './null.ts';
import { shiftedBits, tableBits, textInitialHash } from './reference.ts';

const KEYS = ['654', 400, -836, '9223372036854775807', '-9223372036854775808', 9007199254740991];
const HF = { ngram_len: 5, keys: KEYS };
const TEXT = { ngram_len: 5, keys: KEYS, context_history_size: 1024, temperature: 0.7, top_k: 40 };

function openHf(settings: object): ForeignMark {
  return SYNTHID_HF.open(SYNTHID_HF.config.parse({ ...HF, ...settings }), 50_257);
}

function openText(settings: object): ForeignMark {
  return SYNTHID_TEXT.open(SYNTHID_TEXT.config.parse({ ...TEXT, ...settings }), 50_257);
}

/** A table as torch draws it. */
function tableOf(size: number, seed: number): number[] {
  const random = new TorchRandom(seed);
  return Array.from({ length: size }, () => random.randInt(0, 2));
}

describe.each([
  ['SYNTHID_HF', SYNTHID_HF, HF],
  ['SYNTHID_TEXT', SYNTHID_TEXT, TEXT],
] as const)('%s.config', (_name, profile, config) => {
  const secret = '1234567890123456789';
  it.each<[string, object, string]>([
    ['a number that has lost digits', { keys: [Number(secret)] }, 'keys.0: must be a decimal string'],
    ['a key of more than 64 bits', { keys: [`${secret}0`] }, 'keys.0: must be an integer of 64 bits'],
    ['a fraction', { keys: [1.5] }, 'keys.0: must be an integer'],
    ['a word', { keys: ['0x12'] }, 'keys.0: must be an integer'],
    ['a key twice', { keys: [secret, '7', secret] }, 'keys.2: must differ from key 0'],
    ['no keys', { keys: [] }, 'keys: must have a key for each layer'],
    ['33 keys', { keys: Array.from({ length: 33 }, (_, i) => i) }, 'keys: must have at most 32 keys'],
    ['n-grams of 1', { ngram_len: 1 }, 'ngram_len: '],
    ['n-grams of 17', { ngram_len: 17 }, 'ngram_len: '],
    ['a negative history', { context_history_size: -1 }, 'context_history_size: '],
    ['a field that is not its own', { hash_key: 1 }, 'hash_key'],
  ])('refuses %s', (_case, change, message) => {
    const result = profile.config.safeParse({ ...config, ...change });
    const issues = result.error!.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    expect(issues.join('; ')).toContain(message);
    expect(JSON.stringify(result.error!.issues) + String(result.error)).not.toContain(secret.slice(0, 12));
  });

  it('takes keys as numbers and as decimal strings, up to 32', () => {
    const parsed = profile.config.parse({ ...config });
    expect(parsed.keys.map(String)).toEqual(KEYS.map(String));
    const many = profile.config.parse({ ...config, keys: Array.from({ length: 32 }, (_, i) => i) });
    expect(profile.config.parse(many)).toEqual(many);
  });

  it('draws other keys, as many and in the same range', () => {
    const next = splitMix(1n);
    const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Number(next() & 255n));
    const parsed = profile.config.parse({ ...config });
    const { keys, ...rest } = profile.redraw(parsed as never, bytes) as typeof parsed;
    expect(keys.length).toBe(KEYS.length);
    expect(new Set([...keys, ...parsed.keys]).size).toBe(2 * KEYS.length);
    expect(profile.config.parse({ ...rest, keys: keys.map(String) })).toEqual({ ...rest, keys });
  });

  it('scores nothing in a text shorter than an n-gram', () => {
    const mark = profile.open(profile.config.parse({ ...config }) as never, 50_257);
    for (const length of [0, 1, 4]) {
      expect(textWords(mark, new Uint32Array(length)).length).toBe(0);
      expect(drawNames(mark, new Uint32Array(length))).toEqual([]);
    }
  });

  it('gives one word by sequence and by candidate, across the runs it computes in', () => {
    const mark = profile.open(profile.config.parse({ ...config }) as never, 50_257);
    const text = zipfText(2500, 50_257, 7n);
    const words = textWords(mark, text);
    for (const at of [0, 1023, 1024, 2495]) {
      const candidates = Uint32Array.from({ length: 1500 }, (_, id) => id);
      candidates[1400] = text[at + 4]!;
      const out = new Uint32Array(1500);
      mark.source.candidateWords(text.subarray(at, at + 4), candidates, 0, out);
      expect(out[1400]).toBe(words[at]);
    }
    mark.source.close();
    expect(() => textWords(mark, text)).toThrow('"source" expected an open source');
  });
});

describe('SYNTHID_HF', () => {
  it.each([
    [2 ** 16, 0],
    [2 ** 17, 1],
    [60_000, 2],
    [65_537, 3],
    [1000, 4],
    [7, 5],
    [2, 0],
  ])('reads a table of %i entries as the hash of whole numbers does', (size, seed) => {
    const mark = openHf({ sampling_table_size: size, sampling_table_seed: seed });
    const table = tableOf(size, seed);
    const text = zipfText(300, 200_019, 8n);
    const keys = KEYS.map(BigInt);
    const bits = Array.from(textWords(mark, text), (word) => wordBits(word, keys.length));
    const names = drawNames(mark, text);
    const reference = names.map((_, i) => tableBits(table, [...text.subarray(i, i + 5)], keys));
    expect(bits).toEqual(reference);
    // Fewer names than n-grams, or as many; never more than the table has entries.
    expect(new Set(names).size).toBeLessThanOrEqual(Math.min(size, names.length));
  });

  it('counts layers that the table cannot tell apart as one, with both weights', () => {
    const { nullLaw, nullMean, score } = openHf({ keys: [1, 2, 1 + 2 ** 16] }).wordScore;
    // Weights 20, 11, 2 of three layers; the first and the last draw the same bits.
    expect(nullLaw).toMatchObject({ weights: Uint32Array.of(22, 11), share: { ones: 32_743, of: 65_536 } });
    expect(nullMean).toBeCloseTo((33 * 32_743) / 65_536, 12);
    expect(score(0b101)).toBe(22);
  });

  it('refuses a table without zeros and ones', () => {
    const seed = Array.from({ length: 50 }, (_, i) => i).find((i) => tableOf(2, i)[0] === tableOf(2, i)[1]);
    expect(() => openHf({ sampling_table_size: 2, sampling_table_seed: seed })).toThrow(
      '"sampling_table_size"',
    );
    expect(SYNTHID_HF.config.safeParse({ ...HF, sampling_table_size: 0 }).success).toBe(false);
    expect(SYNTHID_HF.config.safeParse({ ...HF, sampling_table_size: 2 ** 24 + 1 }).success).toBe(false);
  });

  it('replaces logits by equal ones in debug mode, also where it marks nothing', () => {
    const mark = openHf({ debug_mode: true, skip_first_ngram_calls: true });
    const logits = Float32Array.from({ length: 50_257 }, (_, i) => i / 1000);
    mark.startProcessor!(1).process([1], logits);
    expect(new Set(logits)).toEqual(new Set([1]));
  });

  it('refuses logits that are no distribution, and leaves them', () => {
    const process = (logits: Float32Array): void => openHf({}).startProcessor!(0).process([], logits);
    expect(() => process(new Float32Array(10))).toThrow('"logits" expected length 50257, got 10');
    expect(() => process(new Float32Array(50_257).fill(NaN, 5, 6))).toThrow('got NaN for token 5');
    expect(() => process(new Float32Array(50_257).fill(Infinity, 7))).toThrow('got Infinity for token 7');
    expect(() => process(new Float32Array(50_257).fill(-Infinity))).toThrow('a token that is possible');
  });
});

describe('SYNTHID_TEXT', () => {
  it('has 32 layers at most, as whole numbers have them', () => {
    const keys = Array.from({ length: 32 }, (_, i) => BigInt(i) * 0x0123_4567_89ab_cdefn);
    const mark = openText({ keys: keys.map((key) => String(BigInt.asIntN(64, key))) });
    const signed = keys.map((key) => BigInt.asIntN(64, key));
    const text = zipfText(200, 200_019, 9n);
    const initial = textInitialHash(signed);
    const bits = Array.from(textWords(mark, text), (word) => wordBits(word, 32));
    expect(bits).toEqual(bits.map((_, i) => shiftedBits(initial, [...text.subarray(i, i + 5)], signed)));
    expect(mark.wordScore.score(0xffff_ffff)).toBe((32 * (310 + 31)) / 2);
  });

  it('keeps the largest logits, of equal ones those with lower ids', () => {
    const mark = openText({ top_k: 3, skip_first_ngram_calls: true });
    const logits = new Float64Array(50_257).fill(1).fill(4, 100, 101).fill(2, 200, 204);
    mark.startProcessor!(1).process([1], logits);
    const left = [...logits.entries()].filter(([, logit]) => logit > -Infinity);
    expect(left).toEqual([
      [100, 4 / 0.7],
      [200, 2 / 0.7],
      [201, 2 / 0.7],
    ]);
  });

  it('reads without temperature and top k, but does not write', () => {
    const { temperature: _t, top_k: _k, ...settings } = TEXT;
    expect(SYNTHID_TEXT.open(SYNTHID_TEXT.config.parse(settings), 100).startProcessor).toBeUndefined();
  });

  // Layers are computed three at a time.
  it.each([1, 2, 29, 31, 32])('draws one bit for each of %i layers, and no others', (depth) => {
    const keys = Array.from({ length: depth }, (_, layer) => 1000n + 7n * BigInt(layer));
    const text = zipfText(100, 200_019, 11n);
    const initial = textInitialHash(keys);
    const words = textWords(openText({ keys }), text);
    const reference = Array.from(words, (_, i) => shiftedBits(initial, [...text.subarray(i, i + 5)], keys));
    expect(Array.from(words, (word) => wordBits(word, 32))).toEqual(
      reference.map((bits) => bits.padEnd(32, '0')),
    );
  });

  it('refuses a top k above the vocabulary', () => {
    const config = SYNTHID_TEXT.config.parse(TEXT);
    expect(() => SYNTHID_TEXT.open(config, 39)).toThrow('"top_k" expected at most the 39 tokens');
  });
});

describe('SYNTHID_TEXT without WebAssembly', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it('draws the same words', async () => {
    const text = zipfText(1500, 200_019, 10n);
    const words = textWords(openText({}), text);
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const plain = await import('@countermark/watermark/interop');
    const mark = plain.SYNTHID_TEXT.open(plain.SYNTHID_TEXT.config.parse(TEXT), 50_257);
    expect(textWords(mark, text)).toEqual(words);
  });
});
