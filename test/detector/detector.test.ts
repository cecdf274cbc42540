import { type Dedup, Detector, DetectorError, nullTailLog10, TOKEN_STATUSES } from '@countermark/detector';
import { seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { createParams, createScheme, type WatermarkKey as Key } from '@countermark/watermark/scheme';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { type NaiveToken, naiveScores, naiveTokens } from '../support/naive-document.ts';
import { keyFrom, randomIds, randomLogits, SCHEMES } from '../support/random-key.ts';

function detect(key: Key, tokenIds: ArrayLike<number>, dedup?: Dedup) {
  const detector = new Detector([key], { minTokens: 1, ...(dedup === undefined ? {} : { dedup }) });
  const detection = detector.detect(tokenIds);
  detector.close();
  return detection;
}

/** Checks a document against what is read off it one hash at a time. */
function expectAsNaive(key: Key, tokenIds: Uint32Array, tokens: readonly NaiveToken[]): void {
  const scheme = createScheme(key.params.scheme);
  const detector = new Detector([key], { minTokens: 1 });
  const { detection, statuses, scores } = detector.report(tokenIds);
  expect(detector.detect(tokenIds)).toEqual(detection);
  detector.close();
  const naive = naiveScores(scheme, tokens);
  const count = (status: string) => tokens.filter((token) => token.status === status).length;
  const sum = naive.reduce((total, score) => total + score, 0);
  const scored = count('scored');
  expect(Array.from(statuses, (status) => TOKEN_STATUSES[status])).toEqual(
    tokens.map(({ status }) => status),
  );
  expect([...scores]).toEqual(naive);
  expect(detection).toMatchObject({
    total: tokens.length,
    scored,
    duplicates: count('duplicate'),
    otherSlots: count('other-slot'),
    withoutContext: count('without-context'),
    statistic: {
      scheme: key.params.scheme.kind,
      sum,
      mean: scored === 0 ? 0 : sum / scored,
      nullMean: scheme.nullMean,
      zScore:
        scored === 0 ? 0 : (sum - scored * scheme.nullMean) / (scheme.nullDeviation * Math.sqrt(scored)),
    },
    log10RawPValue: nullTailLog10(scheme.nullLaw, scored, sum),
  });
}

describe('Detector.detect', () => {
  it.each(SCHEMES)('agrees with a naive reading of short documents under $kind', (scheme) => {
    const given = fc.record({
      seed: fc.integer(),
      contextWidth: fc.integer({ min: 1, max: 15 }),
      vocabSize: fc.constantFrom(1, 2, 4, 1000),
      length: fc.integer({ min: 0, max: 70 }),
      commonShare: fc.constantFrom(0, 0.2, 0.5, 1),
    });
    const check = fc.property(given, ({ seed, contextWidth, vocabSize, length, commonShare }) => {
      const key = keyFrom(seed, vocabSize, {
        scheme,
        contextWidth,
        commonShare,
        accountShare: 0.5 * (1 - commonShare),
      });
      const tokenIds = randomIds(seededRandom(seed), length, vocabSize);
      expectAsNaive(key, tokenIds, naiveTokens(key, tokenIds));
    });
    fc.assert(check, { seed: 1, numRuns: 60 });
  });

  it.each([
    ['with many repeats', 20, 2],
    ['with few repeats', 1000, 3],
  ])(
    'agrees with a naive reading %s on both sides of its runs of 2,048 contexts',
    (_, vocabSize, contextWidth) => {
      const key = keyFrom('runs', vocabSize, { contextWidth });
      const longest = randomIds(seededRandom('runs'), 2 * 2048 + contextWidth + 2, vocabSize);
      // What a token is depends on those before it alone, so prefixes of one reading are readings of prefixes.
      const tokens = naiveTokens(key, longest);
      for (const contexts of [2047, 2048, 2049, 4095, 4096, 4097, 4098]) {
        const length = contexts + contextWidth;
        expectAsNaive(key, longest.subarray(0, length), tokens.slice(0, length));
      }
    },
  );

  it('scores nothing, and says so, where no token has a full context', () => {
    const contextWidth = 4;
    const key = keyFrom('short', 100, { contextWidth, commonShare: 1, accountShare: 0 });
    for (let length = 0; length <= contextWidth + 1; length++) {
      const detection = detect(key, new Uint32Array(length).fill(7));
      const scored = Math.max(0, length - contextWidth);
      expect(detection).toMatchObject({
        total: length,
        scored,
        withoutContext: Math.min(length, contextWidth),
        verdict: scored === 0 ? 'inconclusive' : 'not-detected',
      });
      if (scored === 0) {
        expect(detection).toMatchObject({ log10PValue: 0, pValue: 1 });
        expect(detection.statistic).toMatchObject({ sum: 0, mean: 0, zScore: 0 });
      }
    }
  });

  it('counts repeated tuples once, or with dedup none every time', () => {
    const key = keyFrom('dedup', 5, { contextWidth: 1, commonShare: 1, accountShare: 0 });
    // Tuples (1,2) (2,1) (1,2) (2,1) (1,3).
    const tokenIds = [1, 2, 1, 2, 1, 3];
    const once = detect(key, tokenIds);
    const every = detect(key, tokenIds, 'none');
    expect([once.scored, once.duplicates, every.scored, every.duplicates]).toEqual([3, 2, 5, 0]);
    const { score } = createScheme({ kind: 'gumbel' });
    const words = naiveTokens(key, tokenIds).map((token) => token.words?.[0] ?? 0);
    const total = words.slice(1).reduce((sum, word) => sum + score(word), 0);
    expect(every.statistic.sum).toBe(total);
    expect(once.statistic.sum).toBe(total - score(words[3]!) - score(words[4]!));
  });

  it('remembers nothing of the documents before', () => {
    const random = seededRandom(1);
    const documents = Array.from({ length: 30 }, (_, i) =>
      randomIds(random, (i * 97) % 400, i % 2 === 0 ? 5 : 100),
    );
    documents.push(documents[3]!, randomIds(random, 9000, 100), documents[3]!);
    const key = keyFrom('order', 100, { contextWidth: 2 });
    const expected = documents.map((tokenIds) => detect(key, tokenIds));
    const detector = new Detector([key], { minTokens: 1 });
    expect(documents.map((tokenIds) => detector.detect(tokenIds))).toEqual(expected);
    expect(documents.toReversed().map((tokenIds) => detector.detect(tokenIds))).toEqual(
      expected.toReversed(),
    );
    detector.close();
  });

  it('takes token ids in any array, and leaves them as they are', () => {
    const key = keyFrom('arrays', 100);
    const ids = Array.from(randomIds(seededRandom(1), 50, 100));
    const expected = detect(key, Uint32Array.from(ids));
    for (const same of [ids, Int32Array.from(ids), Float64Array.from(ids), { ...ids, length: 50 }]) {
      const copy = structuredClone(same);
      expect(detect(key, same)).toEqual(expected);
      expect(same).toEqual(copy);
    }
  });

  it.each([
    ['one above the largest', 100],
    ['the largest word', 2 ** 32 - 1],
    ['a negative number', -1],
    ['a fraction', 1.5],
    ['a number of 33 bits', 2 ** 32],
    ['NaN', NaN],
    ['Infinity', Infinity],
  ])('refuses %s, naming the first position', (_, id) => {
    const key = keyFrom('range', 100);
    const error = errorOf(() => detect(key, [0, 99, 50, id, id]));
    expect(error).toBeInstanceOf(DetectorError);
    expect(error).toMatchObject({
      name: 'DetectorError',
      code: 'token-out-of-range',
      message: expect.stringContaining('position 3'),
    });
  });

  it('accepts the smallest and the largest token id', () => {
    expect(detect(keyFrom('range', 100), [0, 99, 0, 99, 0, 99]).total).toBe(6);
  });

  it('detects a marked response, and not under another key', () => {
    for (const scheme of SCHEMES) {
      const key = keyFrom('right', 50, { scheme });
      const random = seededRandom(1);
      const watermarker = new Watermarker(key);
      const generation = watermarker.start({ prompt: [1, 2, 3, 4], random });
      const response = Array.from({ length: 400 }, () => generation.next(randomLogits(random, 50, 2)));
      watermarker.close();
      expect(detect(key, response).verdict).toBe('detected');
      expect(detect(keyFrom('wrong', 50, { scheme }), response).verdict).toBe('not-detected');
      // The same secret with other parameters is another key.
      const { contextWidth: _, ...params } = key.params;
      const other = new WatermarkKey(createParams({ ...params, contextWidth: 3 }), key.exportSecret());
      expect(detect(other, response).verdict).toBe('not-detected');
    }
  });
});

function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}

describe('Detector with texts', () => {
  const { name, vocabSize, fingerprint } = BYTE_TOKENIZER;
  const params = createParams({ tokenizer: { name, vocabSize, fingerprint }, contextWidth: 2 });
  const key = new WatermarkKey(params, new Uint8Array(32));
  const tokenizers = [BYTE_TOKENIZER];

  it('scores what the tokenizer of the key makes of a text', () => {
    const text = 'An ordinary text, with some “quoted” words and an emoji 🙂.';
    const detector = new Detector([key], { tokenizers, minTokens: 1 });
    expect(detector.detect(text).total).toBe(BYTE_TOKENIZER.encode(text).length);
    const { keys: ofText, tokenizer, ...whole } = detector.detect(text);
    const { keys: ofIds, ...expected } = detector.detect(BYTE_TOKENIZER.encode(text));
    expect(whole).toEqual(expected);
    // What cut the text is all that is told besides.
    expect(tokenizer).toEqual({ name, fingerprint });
    expect(ofText).toEqual(ofIds.map((ofKey) => ({ ...ofKey, tokenizer })));
    const traced = detector.report(text);
    expect(traced).toMatchObject({ text, tokenizer: BYTE_TOKENIZER });
    expect(detector.report(BYTE_TOKENIZER.encode(text))).toMatchObject({
      text: undefined,
      tokenizer: undefined,
    });
    detector.close();
  });

  it('removes what hides in a text first, reports it, and can be told not to', () => {
    const clean = 'The same words stand in both of these two texts.';
    const hiding = clean.replace('words', 'wo\u200brds').replace('both', 'bo\u202eth');
    const results = (['none', 'invisible', 'invisible-and-homoglyphs'] as const).map((normalization) => {
      const detector = new Detector([key], { tokenizers, normalization, minTokens: 1 });
      const found = [detector.report(clean), detector.report(hiding)] as const;
      detector.close();
      return found;
    });
    const [none, invisible, both] = results;
    expect(none![1].text).toBe(hiding);
    expect(none![1].detection.normalization).toEqual([]);
    expect(none![1].detection.total).toBeGreaterThan(none![0].detection.total);
    for (const [plain, cleaned] of [invisible!, both!]) {
      expect(cleaned.text).toBe(clean);
      const { normalization, ...detection } = cleaned.detection;
      expect(normalization).toEqual([
        { kind: 'zero-width', count: 1 },
        { kind: 'bidi-control', count: 1 },
      ]);
      expect({ ...detection, normalization: [] }).toEqual(plain.detection);
    }
    const folding = new Detector([key], { tokenizers, normalization: 'invisible-and-homoglyphs' });
    expect(folding.report('p\u0430ypal').text).toBe('paypal');
    folding.close();
  });

  it('refuses a text when the tokenizer of a key is missing, naming it and not the text', () => {
    const detector = new Detector([key]);
    const error = errorOf(() => detector.detect('confidential words'));
    expect(error).toMatchObject({
      code: 'tokenizer-mismatch',
      message: expect.stringContaining(fingerprint),
    });
    expect(String(error)).toContain('bytes');
    expect(String(error)).not.toContain('confidential');
    detector.close();
  });

  it('reads a text once for each tokenizer, and refuses token ids that cannot belong to all keys', () => {
    let encoded = 0;
    const counting = {
      ...BYTE_TOKENIZER,
      encode: (text: string) => {
        encoded++;
        return BYTE_TOKENIZER.encode(text);
      },
    };
    const reversed = { ...BYTE_TOKENIZER, name: 'reversed', fingerprint: 'f'.repeat(64) };
    const third = new WatermarkKey(
      createParams({ tokenizer: { name: 'reversed', vocabSize, fingerprint: reversed.fingerprint } }),
      new Uint8Array(32).fill(3),
    );
    const second = new WatermarkKey(params, new Uint8Array(32).fill(2));
    const detector = new Detector([key, second, third], { tokenizers: [reversed, counting] });
    expect(detector.detect('some text').keys).toHaveLength(3);
    expect(encoded).toBe(1);
    expect(errorOf(() => detector.detect([1, 2, 3]))).toMatchObject({ code: 'tokenizer-mismatch' });
    detector.close();
  });
});

describe('new Detector', () => {
  const key = keyFrom('options', 100);

  it.each<[string, object]>([
    ['alpha', { alpha: 0 }],
    ['alpha', { alpha: 1 }],
    ['alpha', { alpha: NaN }],
    ['minTokens', { minTokens: 0 }],
    ['minTokens', { minTokens: 1.5 }],
    ['dedup', { dedup: 'context' }],
    ['normalization', { normalization: 'all' }],
  ])('refuses a %s out of range: %j', (name, options) => {
    expect(() => new Detector([key], options)).toThrow(RangeError);
    expect(() => new Detector([key], options)).toThrow(`"${name}"`);
  });

  it('refuses no key, and one key twice', () => {
    expect(() => new Detector([])).toThrow('"keys" expected at least one key, got none');
    const twin = new WatermarkKey(key.params, key.exportSecret());
    expect(() => new Detector([key, twin])).toThrow('"keys" expected different keys, got one twice');
  });
});

describe('Detector.close', () => {
  it('makes further calls throw, for documents of every length', () => {
    const detector = new Detector([keyFrom('closed', 100)]);
    detector.close();
    detector.close();
    for (const document of [[], [1], new Uint32Array(100)]) {
      expect(() => detector.detect(document)).toThrow(TypeError);
      expect(() => detector.report(document)).toThrow('closed');
    }
  });
});
