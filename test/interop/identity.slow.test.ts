import { scryptSync } from 'node:crypto';
import { seededRandom } from '@countermark/watermark';
import {
  ForeignKey,
  formatForeignKeyFile,
  type Profile,
  parseMarkKeyFile,
  profileNamed,
} from '@countermark/watermark/interop';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';

type Config = Readonly<Record<string, unknown>>;

const VOCABULARY = 2000;
const TWO_32 = 2n ** 32n;

function keyOf(profile: string, config: Config): ForeignKey {
  return new ForeignKey({ profile: profileNamed(profile), config, vocabSize: VOCABULARY });
}

const SAME: readonly {
  readonly what: string;
  readonly profile: string;
  readonly configs: readonly Config[];
}[] = [
  {
    what: 'digits of either case, with 0x and zeros',
    profile: 'sglang-gumbel',
    configs: [
      { key: 'abcdef', key_b: '1f' },
      { key: 'ABCDEF', key_b: '1F' },
      { key: '0000000000abcdef', key_b: '0x1f' },
      { key: '0xAbCdEf', key_b: '0X001F' },
    ],
  },
  {
    what: 'decimal and hexadecimal digits, a number and a bigint',
    profile: 'vllm-gumbel',
    configs: [42, '42', '0042', '0x2a', '0X2A', 42n].map((key) => ({ key })),
  },
  {
    what: 'a key of 64 bits as a text and as an integer that JSON had',
    profile: 'vllm-gumbel',
    configs: [{ key: '9876543210987654321' }, { key: 9876543210987654321n }],
  },
  {
    what: 'two names of one algorithm',
    profile: 'vllm-synthid',
    configs: ['synthid', 'synthid_text'].map((algorithm) => ({ key: 7, algorithm })),
  },
  {
    what: 'names of one scheme',
    profile: 'kgw',
    configs: ['simple_1', 'lefthash', 'ff-additive_prf-1-False', 'ff-additive_prf-01-False', 'lefthash'].map(
      (seeding_scheme) => ({ seeding_scheme, hash_key: 1_000_003 }),
    ),
  },
  {
    what: 'a scheme that its name alone or its key completes',
    profile: 'kgw',
    configs: [
      { seeding_scheme: 'selfhash', hash_key: 77_777 },
      { seeding_scheme: 'algorithm-3', hash_key: '77777' },
      { seeding_scheme: 'ff-anchored_minhash_prf-4-True-77777' },
    ],
  },
  {
    what: 'keys that are equal modulo 2^32',
    profile: 'kgw-hf',
    configs: [1_000_003n, 1_000_003n + TWO_32, 1_000_003n + 1000n * TWO_32].map((hashing_key) => ({
      hashing_key,
    })),
  },
  {
    what: 'seeds that are equal modulo 2^32',
    profile: 'exp-edit',
    configs: [5n, 5n + TWO_32, 5n + 2n ** 40n].map((seed) => ({ method: 'gumbel', key_len: 32, seed })),
  },
  {
    what: 'seeds and salts that are equal modulo 2^32',
    profile: 'three-bricks-gumbel',
    configs: [
      { detector: 'openai', ngram: 1, seed: 12_345, salt_key: 35_317 },
      { detector: 'OpenAIZ', ngram: 1, seed: String(12_345n + TWO_32), salt_key: 35_317 },
    ],
  },
  {
    what: 'a number and its digits',
    profile: 'textseal-gumbel',
    configs: [123_456, '123456', 123_456n].map((secret_key) => ({ watermark_type: 'gumbelmax', secret_key })),
  },
];

describe('a key id', () => {
  it.each(SAME)('is the same for $what: $profile', ({ profile, configs }) => {
    const [first, ...others] = configs.map((config) => keyOf(profile, config));
    for (const other of others) {
      expect(other.toJSON()).toEqual(first!.toJSON());
      expect(other.strength).toEqual(first!.strength);
    }
  });

  it('differs for keys that draw other numbers', () => {
    const different: [string, Config, Config][] = [
      ['vllm-gumbel', { key: 42 }, { key: 42n + TWO_32 }],
      ['vllm-gumbel', { key: 2n ** 63n + 2n ** 54n }, { key: 2n ** 63n + 2n ** 54n + 1n }],
      ['sglang-gumbel', { key: 'ab' }, { key: 'ab0' }],
      // A product with an id of 11 bits is above 2^64: it wraps, and all of the key counts.
      ['kgw-hf', { hashing_key: 2n ** 60n + 3n }, { hashing_key: 3n }],
      [
        'kgw-hf',
        { hashing_key: 5n + TWO_32, seeding_scheme: 'selfhash' },
        { hashing_key: 5n, seeding_scheme: 'selfhash' },
      ],
      ['kgw', { seeding_scheme: 'minhash' }, { seeding_scheme: 'selfhash' }],
      [
        'textseal-gumbel',
        { watermark_type: 'gumbelmax', secret_key: 9_007_199_254_740_993n },
        { watermark_type: 'gumbelmax', secret_key: '9007199254740992' },
      ],
    ];
    for (const [profile, one, other] of different) {
      expect(keyOf(profile, one).keyId, profile).not.toBe(keyOf(profile, other).keyId);
    }
  });

  it('says of the default key modulo 2^32 that everybody has it', () => {
    expect(keyOf('kgw-hf', { hashing_key: 15_485_863n + TWO_32 }).caution).toMatch(/everybody has it/);
  });

  it('counts a key with the 32 bits that its draws depend on', () => {
    expect(keyOf('kgw-hf', { hashing_key: 2n ** 45n + 2n ** 31n }).strength).toEqual({
      keyBits: 32,
      drawBits: 28,
    });
  });

  it.each([
    ['kgw-hf', 'hashing_key', {}],
    ['kgw', 'hash_key', { seeding_scheme: 'simple_1' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-additive_prf-3-False' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-minfunc_prf-3-False' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-multiplicative_prf-2-False' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-position_prf-3-True' }],
    ['three-bricks-gumbel', 'seed', { detector: 'openai', ngram: 1, salt_key: 35_317 }],
    ['three-bricks-gumbel', 'salt_key', { detector: 'openai', ngram: 1, seed: 9 }],
  ] as const)(
    'is of a configuration with the draws of the one that was given: %s, %s',
    (name, field, rest) => {
      const profile = profileNamed(name) as Profile;
      const random = seededRandom(`${name} ${field}`);
      const tokenIds = Uint32Array.from({ length: 60 }, () => Math.floor(random() * VOCABULARY));
      const salts = (config: Config): string => {
        const { source } = profile.open(profile.config.parse(config), VOCABULARY);
        const rows = new Uint32Array(4 * (tokenIds.length - source.contextWidth));
        source.sequenceHeaders(tokenIds, rows);
        source.close();
        // The salts, which name the draws; which of them a key is too short for, the first words say.
        return rows.filter((_, i) => i % 4 > 1).join();
      };
      for (let i = 0; i < 20; i++) {
        const low = BigInt(Math.floor(random() * 2 ** 20)) * 2n + 1n;
        const given = { ...rest, [field]: low + TWO_32 * BigInt(Math.floor(random() * 2 ** 8)) };
        const canonical = keyOf(name, given).exportSecret()[field];
        expect(BigInt(canonical as string)).toBe(low);
        expect(salts(given)).toBe(salts({ ...rest, [field]: low }));
      }
    },
  );
});

describe('a key file of an earlier release', () => {
  // As releases before spelt them: what was configured, field by field.
  const sorted = (value: unknown): string =>
    value === null || typeof value !== 'object'
      ? JSON.stringify(value)
      : Array.isArray(value)
        ? `[${value.map(sorted).join()}]`
        : `{${Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, member]) => `${JSON.stringify(name)}:${sorted(member)}`)
            .join()}}`;

  function earlierFile(key: ForeignKey, secret: Config, settings: Config): string {
    const file = JSON.parse(formatForeignKeyFile(key));
    Object.assign(file.secret, secret);
    Object.assign(file.params.settings, settings);
    file.fingerprint = bytesToHex(sha256(utf8ToBytes(sorted(file.params))));
    const material = `${sorted(file.params)}\n${sorted(file.secret)}`;
    const id = scryptSync(material, 'countermark 2026-11 interop key id v1', 16, {
      N: 2 ** 15,
      r: 8,
      p: 1,
      maxmem: 2 ** 26,
    });
    file.keyId = bytesToHex(Uint8Array.from(id));
    return JSON.stringify(file);
  }

  it.each([
    ['sglang-gumbel', { key: 'abcdef' }, { key: '0xABCDEF' }, {}],
    ['kgw', { hash_key: 7 }, { hash_key: '4294967303' }, { seeding_scheme: 'algorithm-3' }],
    ['kgw-hf', { hashing_key: 7 }, { hashing_key: '4294967303' }, {}],
    ['exp-edit', { method: 'gumbel', key_len: 8, seed: 7 }, { seed: 4_294_967_303 }, {}],
  ])('is read, and has the id of the canonical key: %s', (profile, config, secret, settings) => {
    const canonical = keyOf(
      profile,
      profile === 'kgw' ? { seeding_scheme: 'selfhash', hash_key: 4294967303n } : config,
    );
    const file = earlierFile(canonical, secret, settings);
    expect(JSON.parse(file).keyId).not.toBe(canonical.keyId);
    expect(parseMarkKeyFile(file).keyId).toBe(canonical.keyId);
  });

  it('is refused if it was changed', () => {
    const file = JSON.parse(earlierFile(keyOf('sglang-gumbel', { key: 'abcdef' }), { key: '0xABCDEF' }, {}));
    const other = JSON.stringify({ ...file, secret: { ...file.secret, key: '0xABCDEE' } });
    expect(() => parseMarkKeyFile(other)).toThrow('its secret has another key id');
  });

  it('keeps its id where it spelt the key as today', () => {
    // Computed by the release before keys had canonical forms.
    const kept: [string, Config, string][] = [
      ['vllm-gumbel', { key: '14832872548858613302', context_width: 4 }, '52aeb5d19b0b7e8941f84e08ead4938f'],
      ['sglang-gumbel', { key: '118de93b2f6c5a71', context_window: 4 }, '9714db7319657115491d7035d13c15f0'],
      ['kgw-hf', { hashing_key: 15_485_863 }, '7e3debbc6f1c63ca0a7c6fbc97750125'],
      ['kgw', { seeding_scheme: 'simple_1' }, '248e074108a482be13bcbab89a6f2be9'],
      [
        'three-bricks-gumbel',
        { detector: 'openai', ngram: 3, seed: 737_726, salt_key: 3_531_741 },
        '423df59a66eb3cdc677e15c892dab1f9',
      ],
      [
        'textseal-gumbel',
        { watermark_type: 'gumbelmax', secret_key: 197_521, ngram: 2 },
        'ffdfbdc9252ecc726f7904d1c1505d3c',
      ],
      [
        'exp-edit',
        { method: 'gumbel', key_len: 64, block: 40, seed: 1_006_627_331 },
        '604fe3e0a5b6c85e4513c60d05dc1a46',
      ],
    ];
    for (const [profile, config, id] of kept) expect(keyOf(profile, config).keyId, profile).toBe(id);
  });
});
