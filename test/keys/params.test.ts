import { createHash } from 'node:crypto';
import { Detector } from '@countermark/detector';
import { paramsFingerprint, Watermarker } from '@countermark/watermark';
import {
  canonicalParams,
  createParams,
  DEFAULT_PARAMS,
  parseParams,
  type SchemeParams,
  slotLimits,
  WatermarkError,
  WatermarkKey,
  type WatermarkParams,
} from '@countermark/watermark/scheme';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const FINGERPRINT = 'abcdef0123456789'.repeat(4);
const TOKENIZER = { name: 'none', vocabSize: 1000, fingerprint: FINGERPRINT };
const VALID: WatermarkParams = createParams({ tokenizer: TOKENIZER });
const GREEN = { kind: 'green-list', gamma: 0.25, delta: 2 };

/** Valid parameters with one field replaced; a dot reaches into an object. */
function withField(path: string, value: unknown): unknown {
  const copy = structuredClone(VALID) as unknown as Record<string, Record<string, unknown>>;
  const [field = '', inner] = path.split('.');
  if (inner === undefined) Object.assign(copy, { [field]: value });
  else Object.assign(copy[field] as object, { [inner]: value });
  return copy;
}

function errorOf(value: unknown): WatermarkError {
  try {
    parseParams(value);
  } catch (error) {
    if (error instanceof WatermarkError) return error;
    throw error;
  }
  throw new Error('expected parameters to be refused');
}

// What lies on each limit of docs/spec.md section 1, and one step beyond it.
const LIMITS: [path: string, accepted: unknown[], refused: unknown[]][] = [
  ['version', [1], [0, -1, 1.5, '1', null, undefined]],
  [
    'tokenizer.name',
    ['!', '~', 'a'.repeat(128), 'o200k_base', './dir/tokenizer.json'],
    ['', 'a'.repeat(129), 'two words', 'tab\t', 'line\n', 'é', '\x7f', 7, null],
  ],
  ['tokenizer.vocabSize', [1, 2 ** 31], [0, 2 ** 31 + 1, 1.5, -1, '1', NaN, Infinity]],
  [
    'tokenizer.fingerprint',
    [FINGERPRINT, '0'.repeat(64)],
    [FINGERPRINT.slice(1), `${FINGERPRINT}0`, FINGERPRINT.toUpperCase(), `${FINGERPRINT.slice(1)}g`, 0],
  ],
  ['contextWidth', [1, 15], [0, 16, 1.5, -1, '4', NaN]],
  ['commonShare', [0, 0.6, 1 - 0.4], [-1e-9, 0.61, 1.01, '0.5', NaN, Infinity, null]],
  ['accountShare', [0, 0.5], [-1e-9, 0.5 + 2 ** -52, 1.01, '0.5', NaN]],
  ['codeLength', [1, 2, 4096, 65_536], [0, 3, 4095, 131_072, 0.5, -2, '4096']],
  [
    'scheme',
    [
      { kind: 'gumbel' },
      GREEN,
      { ...GREEN, gamma: 2 ** -32 },
      { ...GREEN, gamma: 1 - 2 ** -53 },
      { ...GREEN, delta: Number.MIN_VALUE },
      { ...GREEN, delta: 100 },
      { kind: 'tournament', depth: 1 },
      { kind: 'tournament', depth: 30 },
    ],
    [
      undefined,
      'gumbel',
      {},
      { kind: 'Gumbel' },
      { kind: 'gumbel', depth: 1 },
      { kind: 'green-list' },
      { kind: 'green-list', gamma: 0.25 },
      { kind: 'green-list', delta: 2 },
      { ...GREEN, gamma: 0 },
      { ...GREEN, gamma: 1 },
      { ...GREEN, gamma: 2 ** -32 * (1 - 2 ** -53) },
      { ...GREEN, gamma: NaN },
      { ...GREEN, delta: 0 },
      { ...GREEN, delta: 100.1 },
      { ...GREEN, delta: Infinity },
      { ...GREEN, depth: 1 },
      { kind: 'tournament' },
      { kind: 'tournament', depth: 0 },
      { kind: 'tournament', depth: 31 },
      { kind: 'tournament', depth: 1.5 },
    ],
  ],
];

describe('parseParams', () => {
  it.each(LIMITS)('keeps the limits of %s, and names it in the error', (path, accepted, refused) => {
    for (const value of accepted) {
      const params = withField(path, value);
      expect(parseParams(params)).toEqual(params);
    }
    for (const value of refused) {
      const error = errorOf(withField(path, value));
      expect(error.code).toBe('params-invalid');
      expect(error.message).toContain(`${path}`);
    }
  });

  it('refuses a field that is missing', () => {
    for (const field of Object.keys(VALID)) {
      const { [field as keyof WatermarkParams]: _, ...rest } = VALID;
      expect(errorOf(rest)).toMatchObject({
        code: 'params-invalid',
        message: expect.stringContaining(field),
      });
    }
    for (const field of Object.keys(TOKENIZER)) {
      const { [field as keyof typeof TOKENIZER]: _, ...rest } = TOKENIZER;
      expect(errorOf({ ...VALID, tokenizer: rest })).toMatchObject({
        code: 'params-invalid',
        message: expect.stringContaining(field),
      });
    }
  });

  it('refuses a field that it does not know', () => {
    const unknown = [
      { ...VALID, comment: 1 },
      { ...VALID, tokenizer: { ...TOKENIZER, comment: 1 } },
      { ...VALID, scheme: { kind: 'gumbel', comment: 1 } },
    ];
    for (const value of unknown) expect(errorOf(value).code).toBe('params-invalid');
  });

  it('says so when the parameters are newer, whatever else they hold', () => {
    expect(errorOf({ ...VALID, version: 2 })).toMatchObject({
      code: 'params-newer',
      message: 'parameters have version 2; this release reads version 1',
    });
    expect(errorOf({ version: 7, shape: 'unknown' }).code).toBe('params-newer');
  });

  it('refuses what is no object', () => {
    for (const value of [null, undefined, 1, 'text', [], true]) {
      expect(errorOf(value).code).toBe('params-invalid');
    }
  });

  it('refuses shares that mark nothing', () => {
    const shares = (commonShare: number, accountShare: number) => ({ ...VALID, commonShare, accountShare });
    expect(errorOf(shares(0, 0)).message).toContain('nothing would be marked');
    expect(errorOf(shares(2 ** -33, 0)).message).toContain('nothing would be marked');
    expect(slotLimits(parseParams(shares(2 ** -33, 2 ** -33)))).toEqual({ commonLimit: 0, accountLimit: 1 });
  });

  it('admits every pair of shares that add up to 1 in decimals', () => {
    for (let parts = 0; parts <= 1000; parts++) {
      const params = parseParams({
        ...VALID,
        commonShare: parts / 1000,
        accountShare: Number(((1000 - parts) / 1000).toFixed(3)),
      });
      // The sum of two doubles may fall short of 1 by one rounding, and never exceeds it.
      expect(slotLimits(params).accountLimit).toBeGreaterThanOrEqual(2 ** 32 - 1);
    }
  });

  it('returns a copy', () => {
    const value = structuredClone(VALID);
    const parsed = parseParams(value);
    expect(parsed).not.toBe(value);
    expect(parsed.tokenizer).not.toBe(value.tokenizer);
    expect(parsed.scheme).not.toBe(value.scheme);
  });
});

describe('createParams', () => {
  it('fills in the defaults that are documented, and only those', () => {
    expect(VALID).toEqual({
      version: 1,
      tokenizer: TOKENIZER,
      contextWidth: 4,
      commonShare: 0.5,
      accountShare: 0.4,
      codeLength: 4096,
      scheme: { kind: 'gumbel' },
    });
    expect(createParams({ tokenizer: TOKENIZER, contextWidth: 3 }).contextWidth).toBe(3);
    expect(createParams({ tokenizer: TOKENIZER, commonShare: 0, accountShare: 1 })).toEqual({
      ...DEFAULT_PARAMS,
      tokenizer: TOKENIZER,
      commonShare: 0,
      accountShare: 1,
    });
  });

  it('checks what it is given', () => {
    expect(() => createParams({ tokenizer: TOKENIZER, contextWidth: 16 })).toThrow(WatermarkError);
  });
});

describe('canonicalParams', () => {
  // Number forms by ECMA-262 Number::toString, which RFC 8785 section 3.2.2.3 refers to.
  it.each([
    [0.1 + 0.2, '0.30000000000000004'],
    [1 / 3, '0.3333333333333333'],
    [1e-7, '1e-7'],
    [0.000001, '0.000001'],
    [0, '0'],
    [-0, '0'],
    [1, '1'],
  ])('writes the share %d as RFC 8785 does', (accountShare, written) => {
    const commonShare = accountShare === 1 ? 0 : 0.5;
    expect(canonicalParams(createParams({ tokenizer: TOKENIZER, commonShare, accountShare }))).toBe(
      `{"accountShare":${written},"codeLength":4096,"commonShare":${commonShare},"contextWidth":4,` +
        `"scheme":{"kind":"gumbel"},"tokenizer":{"fingerprint":"${FINGERPRINT}","name":"none","vocabSize":1000},"version":1}`,
    );
  });

  it('sorts keys, escapes strings as JSON does and leaves out white space', () => {
    const params = createParams({
      scheme: { kind: 'green-list', gamma: 2.5e-9, delta: 100 },
      tokenizer: { vocabSize: 2 ** 31, name: '"\\/<e>', fingerprint: FINGERPRINT },
    });
    expect(canonicalParams(params)).toBe(
      `{"accountShare":0.4,"codeLength":4096,"commonShare":0.5,"contextWidth":4,` +
        `"scheme":{"delta":100,"gamma":2.5e-9,"kind":"green-list"},` +
        `"tokenizer":{"fingerprint":"${FINGERPRINT}","name":"\\"\\\\/<e>","vocabSize":2147483648},"version":1}`,
    );
  });

  it('does not depend on the order of the fields', () => {
    const reversed = Object.fromEntries(Object.entries(VALID).reverse());
    expect(canonicalParams(parseParams(reversed))).toBe(canonicalParams(VALID));
  });
});

describe('paramsFingerprint', () => {
  it('is frozen: SHA-256 of the canonical form', () => {
    // By sha256sum of the canonical form above, with the default shares.
    expect(paramsFingerprint(VALID)).toBe('fb2b905370ce4cbcd667376822165281533801b4a0aca17ef7ad3cc209180620');
    expect(paramsFingerprint(VALID)).toBe(createHash('sha256').update(canonicalParams(VALID)).digest('hex'));
  });

  it('changes with every field', () => {
    const others = LIMITS.flatMap(([path, accepted]) => accepted.map((value) => withField(path, value)));
    const different = new Set(others.map((value) => JSON.stringify(value)));
    const fingerprints = new Set(others.map((value) => paramsFingerprint(parseParams(value))));
    expect(fingerprints.size).toBe(different.size);
    expect(different.size).toBeGreaterThan(2 * LIMITS.length);
  });
});

describe('everything that the schema admits', () => {
  const share = fc.oneof(
    fc.constantFrom(0, 1, 0.5, 2 ** -32, 1 - 2 ** -32),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  const scheme: fc.Arbitrary<SchemeParams> = fc.oneof(
    fc.constant({ kind: 'gumbel' } as const),
    fc.record({
      kind: fc.constant('green-list' as const),
      gamma: fc.oneof(
        fc.constantFrom(2 ** -32, 1 - 2 ** -53),
        fc.double({ min: 2 ** -32, max: 1, maxExcluded: true, noNaN: true }),
      ),
      delta: fc.double({ min: 0, minExcluded: true, max: 100, noNaN: true }),
    }),
    fc.record({ kind: fc.constant('tournament' as const), depth: fc.integer({ min: 1, max: 30 }) }),
  );
  const admitted = fc
    .record({
      version: fc.constant(1 as const),
      tokenizer: fc.record({
        name: fc.stringMatching(/^[\x21-\x7e]{1,128}$/),
        // A watermarker holds four bytes a token: the largest vocabularies are for the detector below.
        vocabSize: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20_000 })),
        fingerprint: fc.stringMatching(/^[0-9a-f]{64}$/),
      }),
      contextWidth: fc.integer({ min: 1, max: 15 }),
      commonShare: share,
      accountShare: share,
      codeLength: fc.integer({ min: 0, max: 16 }).map((log) => 2 ** log),
      scheme,
    })
    .map((params) => ({ ...params, accountShare: Math.min(params.accountShare, 1 - params.commonShare) }))
    .filter(({ commonShare, accountShare }) => (commonShare + accountShare) * 2 ** 32 >= 1);

  it('is accepted by Watermarker and Detector', () => {
    const check = fc.property(admitted, fc.boolean(), (params, withAccount) => {
      const key = new WatermarkKey(parseParams(params), new Uint8Array(32));
      const { vocabSize } = params.tokenizer;
      const watermarker = new Watermarker(key);
      const generation = watermarker.start({
        prompt: new Uint32Array(15),
        ...(withAccount ? { accountId: 'a' } : {}),
        random: () => 0.5,
      });
      const logits = new Float32Array(vocabSize);
      const tokenIds = Array.from({ length: 20 }, () => generation.next(logits));
      watermarker.close();
      expect(tokenIds.every((id) => Number.isInteger(id) && id >= 0 && id < vocabSize)).toBe(true);
      const detector = new Detector([key], { minTokens: 1 });
      const { log10PValue, total } = detector.detect(tokenIds);
      detector.close();
      expect(total).toBe(20);
      expect(log10PValue).toBeLessThanOrEqual(0);
    });
    fc.assert(check, { seed: 1, numRuns: 200 });
  });

  it('is accepted by Detector up to the largest vocabulary', () => {
    for (const vocabSize of [1, 2 ** 31 - 1, 2 ** 31]) {
      const params = createParams({ tokenizer: { ...TOKENIZER, vocabSize } });
      const detector = new Detector([new WatermarkKey(params, new Uint8Array(32))], { minTokens: 1 });
      expect(detector.detect(new Array(6).fill(vocabSize - 1)).total).toBe(6);
      expect(() => detector.detect([vocabSize])).toThrow('position 0');
      detector.close();
    }
  });
});
