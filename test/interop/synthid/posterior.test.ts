import { bayesianPosterior } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { peerCases } from '../peer-vectors.ts';
import { maskOf } from './case.ts';

const CASES = peerCases(
  'synthid_hf_bayesian',
  z.strictObject({
    params: z.strictObject({
      depth: z.int(),
      base_rate: z.number(),
      beta: z.array(z.number()),
      delta: z.array(z.array(z.number())),
    }),
    inputs: z.strictObject({ g_values: z.array(z.array(z.string())), mask: z.array(z.string()) }),
    expected: z.strictObject({ posterior: z.array(z.number()) }),
  }),
);

// Digits of layers 0, 1, …, as a word.
function wordOf(bits: string): number {
  return [...bits].reduce((word, bit, layer) => (word | (Number(bit) << layer)) >>> 0, 0);
}

function logOdds(posterior: number): number {
  return Math.log(posterior) - Math.log1p(-posterior);
}

describe('bayesianPosterior', () => {
  it.each(CASES)(
    'gives the posterior of transformers at depth $params.depth, rate $params.base_rate',
    (known) => {
      const { params, inputs, expected } = known;
      expect(params.beta.length).toBe(params.depth);
      // The peer keeps the prior in float32.
      const weights = { beta: params.beta, delta: params.delta, prior: Math.fround(params.base_rate) };
      for (const [text, posterior] of expected.posterior.entries()) {
        const words = Uint32Array.from(inputs.g_values[text]!, wordOf);
        const ours = bayesianPosterior(words, maskOf(inputs.mask[text]!), weights);
        // In its doubles the peer still has ln(1/2) in float32, once for each bit that counts.
        const bits = params.depth * inputs.mask[text]!.replaceAll('0', '').length;
        const shift = bits * (Math.fround(Math.log(0.5)) - Math.log(0.5));
        // Log-odds are a sum of `bits` terms below 2 and partial sums below 2 · bits, in doubles.
        expect(Math.abs(logOdds(ours) - shift - logOdds(posterior))).toBeLessThan(
          4 * (bits + 1) ** 2 * 2 ** -53,
        );
      }
    },
  );

  it('is the prior where nothing counts', () => {
    const weights = { beta: [-1], delta: [[0]], prior: 0.2 };
    expect(bayesianPosterior(new Uint32Array(0), new Uint8Array(0), weights)).toBeCloseTo(0.2, 14);
    expect(bayesianPosterior(Uint32Array.of(1), Uint8Array.of(0), weights)).toBeCloseTo(0.2, 14);
  });

  it('refuses lengths that do not fit', () => {
    const weights = { beta: [-1, -1], delta: [[0, 0]], prior: 0.5 };
    const word = Uint32Array.of(1);
    expect(() => bayesianPosterior(word, Uint8Array.of(1), weights)).toThrow(
      '"delta" expected length 2, got 1',
    );
    expect(() => bayesianPosterior(word, new Uint8Array(2), weights)).toThrow(
      '"mask" expected length 1, got 2',
    );
    const ragged = { beta: [-1, -1], delta: [[0, 0], [0]], prior: 0.5 };
    expect(() => bayesianPosterior(word, Uint8Array.of(1), ragged)).toThrow(
      '"delta[1]" expected length 2, got 1',
    );
  });
});
