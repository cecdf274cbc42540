/** Texts that no key is needed for: docs/statistics.md section 18.6. Each was "detected" while such draws were scored. */

import { type Detection, Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { ForeignKey, ForeignWatermarker, GreenLists, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { mixed, murmur, unmix } from './engines/reference-murmur.ts';

const VOCABULARY = 2000;

function keyOf(profile: string, config: object): ForeignKey {
  return new ForeignKey({ profile: profileNamed(profile), config, vocabSize: VOCABULARY });
}

function detect(key: ForeignKey, tokenIds: ArrayLike<number>, options = {}): Detection {
  // Decoys only make a p-value larger, and take their time.
  const detector = new Detector([key], { decoys: { count: 0 }, ...options });
  const detection = detector.detect(tokenIds);
  detector.close();
  return detection;
}

/** A key of 62 bits or a few less, as a string of digits. */
function largeKey(random: () => number): string {
  return String(BigInt(Math.floor(random() * 2 ** 31) + 1) * 2_147_483_647n);
}

/** A text marked under one key of SGLang's, and another key that Murmur folds into the same state of 32 bits. */
function sglangTwins(): { readonly tokenIds: readonly number[]; readonly twin: string } {
  const state = mixed([0x2f6c5a71, 0x118de93b]);
  const low = 0x9e3779b9;
  const high = unmix(mixed([low]), state);
  const key = keyOf('sglang-gumbel', { key: '118de93b2f6c5a71' });
  const random = seededRandom('twins');
  const watermarker = new ForeignWatermarker(key);
  const response = watermarker.start({ random });
  const tokenIds = Array.from({ length: 300 }, () =>
    response.next(Float32Array.from({ length: VOCABULARY }, () => 4 * random())),
  );
  watermarker.close();
  return { tokenIds, twin: ((high << 32n) | BigInt(low)).toString(16) };
}

/** Ids that the list of seed 0 has, each after contexts of ids 0. */
function seedZeroText(gamma: number, width: number): number[] {
  const part = { vocabSize: VOCABULARY, listed: Math.floor(VOCABULARY * gamma), end: 'first' } as const;
  const lists = new GreenLists(part);
  const green = Array.from({ length: VOCABULARY }, (_, id) => id).filter(
    (id) => id > 0 && lists.isGreen(0, id),
  );
  return green.slice(0, 150).flatMap((id) => [...new Array<number>(width).fill(0), id]);
}

describe('a text of contexts under which every key draws the same', () => {
  const random = seededRandom('keyless');
  const text = seedZeroText(0.25, 4);
  it.each([
    ['kgw-hf', 'hashing_key', { seeding_scheme: 'lefthash' }],
    ['kgw', 'hash_key', { seeding_scheme: 'lefthash' }],
    ['kgw', 'hash_key', { seeding_scheme: 'minhash' }],
    ['kgw', 'hash_key', { seeding_scheme: 'skipgram' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-multiplicative_prf-4-False' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-additive_prf-4-False' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-minfunc_prf-4-False' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-simple_skip_prf-4-False' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-anchored_skipgram_prf-4-False' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-minskipgram_prf-4-False' }],
    ['kgw', 'hash_key', { seeding_scheme: 'ff-position_prf-4-False' }],
    ['vllm-sbw', 'key', { algorithm: 'sbw', sbw_scheme: 'lefthash', sbw_gamma: 0.25 }],
  ] as const)('is not evidence for any key of %s with %s and %j', (profile, field, settings) => {
    for (let i = 0; i < 3; i++) {
      const key = keyOf(profile, { ...settings, [field]: largeKey(random) });
      const found = detect(key, text);
      expect(found.verdict).not.toBe('detected');
      expect(found.log10RawPValue).toBeGreaterThan(-3);
      // Every fifth token is the green one behind four of id 0.
      expect(found.unkeyed).toBeGreaterThanOrEqual(149);
    }
  });

  it('is none for a three_bricks salt either, whose ids before the last are 0', () => {
    const draws = seedZeroText(0.25, 2);
    const config = { detector: 'maryland', gamma: 0.25, ngram: 2, seed: 0 };
    for (let i = 0; i < 3; i++) {
      const salt_key = Math.floor(random() * 2 ** 50);
      const found = detect(keyOf('three-bricks-green-list', { ...config, salt_key }), draws);
      expect(found.log10RawPValue).toBeGreaterThan(-3);
      expect(found.unkeyed).toBeGreaterThanOrEqual(149);
    }
  });

  it('leaves out contexts whose seeds see a few bits of a short key', () => {
    // 15,485,863 has 24 bits; times 2^16 the low 32 bits of a seed see 16 of them.
    const key = keyOf('kgw-hf', { hashing_key: 15_485_863 });
    const ids = [1024, 1536, 512, 300];
    const tokenIds = ids.flatMap((id) => [id, 7]);
    // 512 and 1,024 have 9 and 10 factors of two, 1,536 has 9; 300 has 2.
    expect(detect(key, tokenIds)).toMatchObject({ unkeyed: 3 });
  });
});

describe('a configuration in which no draw depends on the key', () => {
  it.each([
    ['three-bricks-gumbel', { detector: 'openai', ngram: 1, seed: 0, salt_key: 982_451 }],
    ['three-bricks-gumbel', { detector: 'openai', ngram: 3, seed: 0, salt_key: 0 }],
    ['vllm-gumbel', { key: 0 }],
  ])('of %s is refused: %j', (profile, config) => {
    expect(() => keyOf(profile, config)).toThrow(
      /no draw of this configuration depends on the key, so text without any key carries its mark/,
    );
  });
});

describe('the least p-value of a key', () => {
  it.each([
    ['vllm-gumbel', { key: '14832872548858613302' }, 64, 64],
    ['vllm-gumbel', { key: 42 }, 6, 6],
    ['vllm-sbw', { key: '4262176441068991875', algorithm: 'sbw' }, 62, 48],
    ['sglang-gumbel', { key: '118de93b2f6c5a71' }, 32, 32],
    ['kgw-hf', { hashing_key: 15_485_863 }, 24, 24],
    ['kgw-hf', { hashing_key: '9223372036854775807' }, 63, 28],
    ['kgw', { hash_key: '9223372036854775807', seeding_scheme: 'skipgram' }, 63, Math.log2(1_000_003)],
    ['three-bricks-gumbel', { detector: 'openai', ngram: 2 }, 16, 16],
    ['textseal-gumbel', { watermark_type: 'gumbelmax', secret_key: 197_521 }, 18, 18],
    ['exp-edit', { method: 'gumbel', key_len: 4, seed: 2 ** 40 + 0xc0ff_ee42 }, 32, 32],
  ])('of %s with %j is 2 to the bits that must be guessed', (profile, config, keyBits, floorBits) => {
    const found = detect(keyOf(profile, config), [1, 2, 3], { permutations: 1_000_000 });
    expect(found.keyBits).toBe(keyBits);
    const log10Floor = -floorBits * Math.log10(2);
    const log10Rank = found.basis === 'rank' ? -Math.log10(1_000_001) : -Infinity;
    expect(found.log10LeastPValue).toBeCloseTo(Math.max(log10Floor, log10Rank), 12);
  });

  it('bounds what two keys that are one key to SGLang make of each other’s text', () => {
    // The low half of the one, then the other's: the same state of 32 bits.
    const { tokenIds, twin } = sglangTwins();
    const found = detect(keyOf('sglang-gumbel', { key: twin }), tokenIds, { permutations: 19 });
    expect(found.log10RawPValue).toBeCloseTo(Math.log10(1 / 20), 12);
    expect(found.verdict).toBe('inconclusive');
  });
});

describe('ranks', () => {
  const text = Array.from({ length: 200 }, (_, i) => (i * i * 31 + 7 * i) % VOCABULARY);
  const config = { watermark_type: 'gumbelmax', secret_key: 859_429, ngram: 2 };

  it('are the same for the same key and document, and drawn anew for another document', () => {
    const key = keyOf('textseal-gumbel', config);
    const first = detect(key, text);
    expect(detect(keyOf('textseal-gumbel', config), text)).toEqual(first);
    expect(first.rank?.seed).toMatch(/^[0-9a-f]{64}$/);
    expect(detect(key, text.slice(1)).rank?.seed).not.toBe(first.rank?.seed);
    expect(detect(keyOf('textseal-gumbel', { ...config, secret_key: 859_430 }), text).rank?.seed).not.toBe(
      first.rank?.seed,
    );
  });

  it('end at the hundredth key that is as strong', () => {
    const { rank } = detect(keyOf('textseal-gumbel', config), text, { permutations: 1_000_000 });
    expect(rank).toMatchObject({ atLeastAsStrong: 100, planned: 1_000_000 });
    expect(rank!.log10RankPValue).toBeCloseTo(Math.log10(100 / rank!.drawn), 12);
  });
});

describe('SGLang’s hash', () => {
  // Of a word w, what is xored into the state: rotl(w · c1, 15) · c2; and its way back.
  const scrambled = (word: number): number => {
    const product = Math.imul(word, 0xcc9e2d51);
    return Math.imul((product << 15) | (product >>> 17), 0x1b873593) >>> 0;
  };
  const restored = (value: number): number => {
    const product = Math.imul(value, 0x56ed309b);
    return Math.imul((product >>> 15) | (product << 17), 0xdee13bb1) >>> 0;
  };

  it('gives certain pairs of context and token one word under every key: why it has no law', () => {
    // Context hashes that differ in bit 18 after scrambling: rotated to the top bit, multiplied by five it stays there, and
    // a token that differs in the top bit cancels it. (Aumasson and Bernstein 2012 on MurmurHash3.)
    const random = seededRandom('contexts');
    const contexts = Array.from({ length: 2 ** 18 }, () =>
      Array.from({ length: 4 }, () => Math.floor(random() * 200_000)),
    );
    const named = new Map(contexts.map((context, i) => [scrambled(murmur(context)), i]));
    const pair = [...named].flatMap(([value, i]) => {
      const partner = named.get((value ^ (1 << 18)) >>> 0);
      return partner === undefined ? [] : [[i, partner]];
    })[0]!;
    const token = Array.from({ length: 100 }, (_, id) => id).find(
      (id) => restored((scrambled(id) ^ (1 << 31)) >>> 0) < 2 ** 31,
    )!;
    const texts = [
      [...contexts[pair[0]!]!, token],
      [...contexts[pair[1]!]!, restored((scrambled(token) ^ (1 << 31)) >>> 0)],
    ];
    for (let i = 0; i < 20; i++) {
      const key = new ForeignKey({
        profile: profileNamed('sglang-gumbel'),
        config: { key: Math.floor(random() * 2 ** 52).toString(16) },
        vocabSize: 2 ** 31,
      });
      const { source } = key.open();
      const [first, second] = texts.map((text) => {
        const out = new Uint32Array(1);
        source.sequenceWords(Uint32Array.from(text), Uint32Array.of(4), new Uint8Array(1), out);
        return out[0];
      });
      source.close();
      expect(first).toBe(second);
    }
  });
});
