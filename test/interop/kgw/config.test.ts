import { KGW, KGW_HF } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';

const SECRET = 9_876_543_219_876;

/** The faults of a configuration, `field: message`. */
function faults(profile: typeof KGW | typeof KGW_HF, config: unknown): string[] {
  const result = profile.config.safeParse(config);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const KEY_FAULT = 'must be an integer from 1 to 2^63 − 1, as a string of digits beyond 2^53 − 1';
const BAD_KEYS = [
  -1,
  0,
  1.5,
  2 ** 60,
  -SECRET,
  '0',
  `${2n ** 63n}`,
  '-5',
  '0x12',
  'abc',
  '',
  null,
  true,
  [1],
  2n ** 63n,
];

describe('KGW_HF.config', () => {
  it('has the defaults of transformers', () => {
    expect(KGW_HF.config.parse({ context_width: 1 })).toEqual({
      greenlist_ratio: 0.25,
      bias: 2,
      hashing_key: 15_485_863n,
      seeding_scheme: 'lefthash',
      context_width: 1,
    });
  });

  it('reads keys that JSON has no numbers for', () => {
    const parse = (hashing_key: unknown): bigint => KGW_HF.config.parse({ hashing_key }).hashing_key;
    expect(parse(`${2n ** 63n - 1n}`)).toBe(2n ** 63n - 1n);
    expect(parse(2 ** 53 - 1)).toBe(2n ** 53n - 1n);
    expect(parse('15485863')).toBe(15_485_863n);
    expect(parse(77n)).toBe(77n);
  });

  it.each(BAD_KEYS)('refuses the key %s', (hashing_key) => {
    expect(faults(KGW_HF, { hashing_key })).toEqual([`hashing_key: ${KEY_FAULT}`]);
  });

  it.each([
    [{ greenlist_ratio: 0 }, 'greenlist_ratio: must be between 0 and 1'],
    [{ greenlist_ratio: 1 }, 'greenlist_ratio: must be between 0 and 1'],
    [{ greenlist_ratio: -0.5 }, 'greenlist_ratio: must be between 0 and 1'],
    [{ context_width: 0 }, 'context_width: must be at least 1'],
    [{ context_width: 1.5 }, 'context_width: must be an integer'],
    [{ context_width: 17, seeding_scheme: 'selfhash' }, 'context_width: must be at most 16 with selfhash'],
    [{ bias: 0 }, 'bias: must be more than 0'],
    [{ bias: -2 }, 'bias: must be more than 0'],
    [{ seeding_scheme: 'simple_1' }, 'seeding_scheme: must be lefthash or selfhash'],
  ])('says what is wrong with %j', (config, fault) => {
    expect(faults(KGW_HF, { ...config, hashing_key: SECRET })).toEqual([fault]);
  });

  it('refuses fields that transformers does not have', () => {
    expect(KGW_HF.config.safeParse({ gamma: 0.25 }).success).toBe(false);
  });

  it('takes any width with lefthash, which looks at the last token only', () => {
    const config = KGW_HF.config.parse({ context_width: 40 });
    expect(KGW_HF.open(config, 100).source.contextWidth).toBe(1);
  });
});

describe('KGW.config', () => {
  it('has the defaults of lm-watermarking', () => {
    expect(KGW.config.parse({ delta: 2 })).toEqual({
      gamma: 0.25,
      delta: 2,
      seeding_scheme: 'selfhash',
      hash_key: 15_485_863n,
      select_green_tokens: true,
    });
  });

  it('keeps a key out of the scheme’s name', () => {
    const { hash_key, ...open } = KGW.config.parse({ seeding_scheme: `ff-minhash_prf-4-False-${SECRET}` });
    expect(hash_key).toBe(BigInt(SECRET));
    // The scheme's own name: that of two spellings.
    expect(open.seeding_scheme).toBe('minhash');
    // What comes out goes in again, as a key file has it.
    const again = KGW.config.parse({ ...open, hash_key: String(hash_key) });
    expect(again).toEqual({ ...open, hash_key });
    const same = { seeding_scheme: `ff-minhash_prf-4-False-${SECRET}`, hash_key: SECRET };
    expect(KGW.config.parse(same)).toEqual(again);
  });

  it.each(BAD_KEYS)('refuses the key %s', (hash_key) => {
    expect(faults(KGW, { hash_key })).toEqual([`hash_key: ${KEY_FAULT}`]);
  });

  it.each([
    [{ gamma: 0 }, /^gamma: must be between 0 and 1$/],
    [{ gamma: 1 }, /^gamma: must be between 0 and 1$/],
    [{ delta: 0 }, /^delta: must be more than 0$/],
    [{ seeding_scheme: 'simple_2' }, /^seeding_scheme: must be one of simple_1, lefthash, selfhash, /],
    [{ seeding_scheme: 'toString' }, /^seeding_scheme: must be one of /],
    [{ seeding_scheme: 'ff-other_prf-4-True' }, /^seeding_scheme: must be one of /],
    [{ seeding_scheme: 'ff-minhash_prf-4-Maybe' }, /^seeding_scheme: must be one of /],
    [{ seeding_scheme: 'ff-minhash_prf-0-True' }, /^seeding_scheme: must have a WIDTH from 1 to 16 /],
    [{ seeding_scheme: 'ff-minhash_prf-16-False' }, /^seeding_scheme: must have a WIDTH from 1 to 15 /],
    [{ seeding_scheme: 'ff-minskipgram_prf-1-False' }, /^seeding_scheme: must have a WIDTH from 2 to 15 /],
    [
      { seeding_scheme: 'ff-minhash_prf-4-True-0' },
      /^seeding_scheme: must end in a key from 1 to 2\^63 − 1$/,
    ],
    [
      { seeding_scheme: 'ff-minhash_prf-4-True-9999999999999999999' },
      /^seeding_scheme: must end in a key from 1 to 2\^63 − 1$/,
    ],
    [
      { seeding_scheme: 'ff-minhash_prf-4-True-12' },
      /^seeding_scheme: must not end in another key than hash_key$/,
    ],
  ])('says what is wrong with %j', (config, fault) => {
    const found = faults(KGW, { hash_key: SECRET, ...config });
    expect(found.length).toBe(1);
    expect(found[0]).toMatch(fault);
  });

  it('takes scheme names of both kinds for one', () => {
    for (const [name, freeform] of [
      ['simple_1', 'ff-additive_prf-1-False'],
      ['lefthash', 'ff-additive_prf-1-False'],
      ['selfhash', 'ff-anchored_minhash_prf-4-True'],
      ['algorithm-3', 'ff-anchored_minhash_prf-4-True'],
      ['minhash', 'ff-minhash_prf-4-False'],
      ['skipgram', 'ff-skipgram_prf-5-False'],
    ]) {
      const salts = [name, freeform].map((seeding_scheme) => {
        const { source } = KGW.open(KGW.config.parse({ seeding_scheme }), 100);
        const headers = new Uint32Array(4 * (20 - source.contextWidth));
        source.sequenceHeaders(
          Uint32Array.from({ length: 20 }, (_, i) => (7 * i) % 100),
          headers,
        );
        return [...headers];
      });
      expect(salts[0]).toEqual(salts[1]);
    }
  });
});

describe.each([
  { profile: KGW_HF, field: 'greenlist_ratio', secret: 'hashing_key' },
  { profile: KGW, field: 'gamma', secret: 'hash_key' },
])('$profile.name', ({ profile, field, secret }) => {
  const open = (share: number, vocabSize: number) => {
    const config = { [field]: share, [secret]: SECRET };
    return profile === KGW
      ? KGW.open(KGW.config.parse(config), vocabSize)
      : KGW_HF.open(KGW_HF.config.parse(config), vocabSize);
  };

  it('refuses a configuration without fields, and what is none', () => {
    expect(faults(profile, {})).toEqual([': must have at least one field']);
    for (const value of [null, 7, 'x', []]) expect(profile.config.safeParse(value).success).toBe(false);
  });

  it('shows a key in no message', () => {
    const texts = [
      { [secret]: `${SECRET}x` },
      { [secret]: -SECRET },
      { seeding_scheme: `ff-none_prf-4-True-${SECRET}` },
      { seeding_scheme: `ff-minhash_prf-99-True-${SECRET}` },
      { seeding_scheme: `ff-minhash_prf-4-True-${SECRET}`, [secret]: 5 },
    ].flatMap((config) => faults(profile, config));
    expect(texts.length).toBeGreaterThan(4);
    expect(texts.join()).not.toContain(String(SECRET));
    expect(profile.secretFields).toEqual([secret]);
  });

  it('refuses lists of no id, naming the field, and makes none of all', () => {
    expect(() => open(0.01, 50)).toThrow(
      new RangeError(`"${field}" expected at least one of 50 ids on a list, got none`),
    );
    expect(() => open(0.5, 1)).toThrow(RangeError);
    expect(() => open(0.5, 2 ** 24 + 1)).toThrow(RangeError);
    expect(open(0.999, 50).wordScore.nullLaw).toEqual({ kind: 'drawn-lists', listed: 49, vocabSize: 50 });
    // The greatest share below 1 leaves an id out, of any vocabulary.
    for (const vocabSize of [2, 3, 50, 64, 128_256]) {
      const { nullLaw } = open(1 - 2 ** -53, vocabSize).wordScore;
      expect(nullLaw).toEqual({ kind: 'drawn-lists', listed: vocabSize - 1, vocabSize });
    }
  });

  it('states the mean and the deviation of a word', () => {
    const { wordScore } = open(0.25, 1001);
    expect(wordScore.nullMean).toBe(250 / 1001);
    expect(wordScore.nullDeviation).toBeCloseTo(Math.sqrt((250 / 1001) * (751 / 1001)), 14);
    expect(wordScore.score(1)).toBe(1);
    expect(wordScore.score(0)).toBe(0);
    expect(wordScore.sumScores(Uint32Array.of(1, 0, 1, 1), 3)).toBe(2);
  });

  it('draws another key of as many bits, the other fields unchanged', () => {
    const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0xff);
    const config = profile === KGW ? KGW.config.parse({ delta: 2 }) : KGW_HF.config.parse({ bias: 2 });
    // The default has 24.
    const redrawn = (profile.redraw as (value: object, draw: typeof bytes) => object)(config, bytes);
    expect(redrawn).toEqual({ ...config, [secret]: 2n ** 24n - 1n });
    const zero = (profile.redraw as (value: object, draw: typeof bytes) => object)(
      config,
      (length) => new Uint8Array(length),
    );
    expect(zero).toEqual({ ...config, [secret]: 1n });
  });
});
