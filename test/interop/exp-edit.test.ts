import { seededRandom } from '@countermark/watermark';
import { expEditTest } from '@countermark/watermark/internal';
import { EXP_EDIT, startExpEdit, TorchRandom } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { candidatesOf } from '../scheme/chosen-masses.ts';
import { peerCases } from './peer-vectors.ts';

const CASES = peerCases(
  'kuditipudi_exact',
  z.strictObject({
    params: z.strictObject({
      method: z.enum(['transform', 'gumbel']),
      vocab_size: z.int(),
      key_len: z.int(),
      block: z.int(),
      seed: z.int(),
      normalize: z.boolean(),
    }),
    inputs: z.strictObject({
      tokens: z.array(z.int()),
      probs: z.union([z.array(z.array(z.number())), z.literal('omitted')]),
    }),
    expected: z.strictObject({
      pi_first40: z.array(z.int()),
      xi_first12: z.array(z.number()),
      phi: z.number(),
      sampled_with_xi0_to_3: z.array(z.int()).nullable(),
    }),
  }),
);

function configOf({ method, key_len, block, seed }: (typeof CASES)[number]['params']) {
  return EXP_EDIT.config.parse({ method, key_len, block, seed });
}

describe('kuditipudi_exact', () => {
  it.each(CASES)('$params.method of $params.vocab_size ids', ({ params, inputs, expected }) => {
    const { method, vocab_size: vocabSize, seed, normalize } = params;
    expect(normalize).toBe(method === 'transform');
    const random = new TorchRandom(seed);
    const order =
      method === 'transform' ? random.randPerm(vocabSize) : expected.pi_first40.map((_, id) => id);
    expect([...order.slice(0, 40)]).toEqual(expected.pi_first40);
    expect(expected.xi_first12.map(() => random.rand())).toEqual(expected.xi_first12);

    const { statistic } = expEditTest(Uint32Array.from(inputs.tokens), configOf(params), vocabSize, {
      permutations: 1,
    });
    // A single-precision sum of at most 24 terms: a rounding of 2^-24 each, of a sum of up to 37.
    expect(Math.abs(statistic - expected.phi)).toBeLessThan(24 * 2 ** -24 * Math.abs(expected.phi));

    if (inputs.probs === 'omitted') return expect(expected.sampled_with_xi0_to_3).toBeNull();
    const sampler = startExpEdit(configOf(params), vocabSize, {
      promptLength: 0,
      offset: 0,
      random: () => {
        throw new Error('drew a number for a tail that is not there');
      },
    });
    const chosen = inputs.probs.map((probs, step) =>
      sampler.choose(new Uint32Array(step), candidatesOf(probs)),
    );
    expect(chosen).toEqual(expected.sampled_with_xi0_to_3);
  });
});

describe('expEditTest', () => {
  const VOCABULARY = 50;
  const key = { method: 'gumbel', key_len: 16, block: 12, seed: 4711 } as const;

  function responseOf(config: {
    method: 'gumbel' | 'transform';
    key_len: number;
    block: number;
    seed: number;
  }) {
    const sampler = startExpEdit(config, VOCABULARY, { promptLength: 0, offset: 5, random: seededRandom(1) });
    const text: number[] = [];
    for (let i = 0; i < 40; i++) {
      text.push(sampler.choose(text, candidatesOf(new Array<number>(VOCABULARY).fill(1 / VOCABULARY))));
    }
    return Uint32Array.from(text);
  }

  it.each(['gumbel', 'transform'] as const)(
    'finds its own mark, at the least p-value there is: %s',
    (method) => {
      const config = { ...key, method };
      const text = responseOf(config);
      const found = expEditTest(text, config, VOCABULARY, { permutations: 999, seed: 1 });
      expect(found.atLeastAsStrong).toBe(0);
      // Never 0, as it is there.
      expect(found.log10PValue).toBeCloseTo(-3, 12);
      expect(found.scored).toBe(40);
      const other = expEditTest(text, { ...config, seed: 4712 }, VOCABULARY, { permutations: 999, seed: 1 });
      expect(other.log10PValue).toBeGreaterThan(-2);
    },
  );

  it('gives the same for the same seed, and takes the low 32 bits of a key seed', () => {
    const text = responseOf(key);
    const once = expEditTest(text, key, VOCABULARY, { permutations: 50, seed: 'x' });
    expect(expEditTest(text, key, VOCABULARY, { permutations: 50, seed: 'x' })).toEqual(once);
    const wide = { ...key, seed: key.seed + 2 ** 32 };
    expect(expEditTest(text, wide, VOCABULARY, { permutations: 50, seed: 'x' })).toEqual(once);
  });

  it.each([0, 11])('has no evidence in %i tokens, fewer than a block', (length) => {
    const found = expEditTest(new Uint32Array(length), key, VOCABULARY, { permutations: 9 });
    expect(found).toMatchObject({ scored: 0, log10PValue: 0, atLeastAsStrong: 9 });
  });

  it('takes the whole document for a block by default', () => {
    const text = responseOf(key).subarray(0, 12);
    const { block: _, ...whole } = key;
    const options = { permutations: 20, seed: 3 };
    expect(expEditTest(text, whole, VOCABULARY, options)).toEqual(
      expEditTest(text, key, VOCABULARY, options),
    );
  });

  it.each(['gumbel', 'transform'] as const)(
    'keeps its level on repetitive text, over random keys: %s',
    (method) => {
      // One document of a phrase and its repeats, 400 keys, 19 random keys each: p ≤ 0.05 is a first place of 20.
      const text = Uint32Array.from({ length: 36 }, (_, i) => [3, 1, 4, 1, 5, 9][i % 6]!);
      const random = seededRandom(1);
      const trials = 400;
      let firsts = 0;
      for (let i = 0; i < trials; i++) {
        const config = { ...key, method, seed: Math.floor(random() * 2 ** 32) };
        const { log10PValue } = expEditTest(text, config, VOCABULARY, { permutations: 19, seed: i });
        if (log10PValue <= Math.log10(0.05) + 1e-12) firsts++;
      }
      expect(firsts / trials).toBeLessThan(0.05 + 4.9 * Math.sqrt((0.05 * 0.95) / trials));
      // And it is a level: ties aside, as many are first as should be.
      expect(firsts / trials).toBeGreaterThan(0.05 - 4.9 * Math.sqrt((0.05 * 0.95) / trials));
    },
  );

  it('refuses a token that is no id', () => {
    expect(() => expEditTest(new Uint32Array(12).fill(50), key, VOCABULARY, { permutations: 1 })).toThrow(
      new RangeError('"tokenIds" expected an integer from 0 to 49, got 50'),
    );
  });
});
