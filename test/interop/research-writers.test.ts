import { seededRandom } from '@countermark/watermark';
import {
  TEXTSEAL_GREEN_LIST,
  TEXTSEAL_GUMBEL,
  TEXTSEAL_SYNTHID,
  THREE_BRICKS_GREEN_LIST,
  THREE_BRICKS_GUMBEL,
} from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { candidatesFrom, noRandom, nucleusOf, softmax } from './peer-nucleus.ts';
import { peerCases } from './peer-vectors.ts';

const Inputs = z.strictObject({ ngram_tokens: z.array(z.int()), logits: z.array(z.number()) });

const THREE_BRICKS = peerCases(
  'three_bricks_generate',
  z.strictObject({
    params: z.strictObject({
      vocab_size: z.int(),
      ngram: z.int(),
      seed: z.int(),
      salt_key: z.int(),
      payload: z.int(),
      gamma: z.number(),
      delta: z.number(),
    }),
    inputs: Inputs,
    expected: z.strictObject({
      openai_next_token: z.strictObject({
        'T0.8_p0.95': z.int(),
        'T1.0_p1.0': z.int(),
        'T1.0_p0.7': z.int(),
      }),
      maryland_biased_ids: z.array(z.int()),
    }),
  }),
);

const TEXTSEAL = peerCases(
  'textseal_generate',
  z.strictObject({
    params: z.strictObject({
      vocab_size: z.int(),
      ngram: z.int(),
      secret_key: z.int(),
      gamma: z.number(),
      delta: z.number(),
      synthid_depth: z.int(),
      synthid_gamma: z.number(),
      temperature: z.number(),
      top_p: z.number(),
    }),
    inputs: Inputs,
    expected: z.strictObject({
      gumbelmax_next_token: z.int(),
      greenlist_probs: z.array(z.number()),
      synthid_probs: z.array(z.number()),
    }),
  }),
);

describe('three_bricks_generate', () => {
  it.each(THREE_BRICKS.map((each, i) => ({ ...each, i })))('case $i', ({ params, inputs, expected }) => {
    const { vocab_size: vocabSize, delta, ...config } = params;
    const gumbel = THREE_BRICKS_GUMBEL.open(
      THREE_BRICKS_GUMBEL.config.parse({ ...config, detector: 'openai' }),
      vocabSize,
    );
    const sampler = gumbel.startSampler!(0, noRandom);
    const choices = { 'T0.8_p0.95': [0.8, 0.95], 'T1.0_p1.0': [1, 1], 'T1.0_p0.7': [1, 0.7] } as const;
    for (const [name, [temperature, topP]] of Object.entries(choices)) {
      const candidates = candidatesFrom(nucleusOf(inputs.logits, temperature, topP));
      expect(sampler.choose(inputs.ngram_tokens, candidates)).toBe(
        expected.openai_next_token[name as keyof typeof choices],
      );
    }

    const green = THREE_BRICKS_GREEN_LIST.open(
      THREE_BRICKS_GREEN_LIST.config.parse({ ...config, delta, detector: 'maryland' }),
      vocabSize,
    );
    const logits = Float64Array.from(inputs.logits);
    // What stands before the context has no part in it.
    green.startProcessor!(0).process([60, 61, ...inputs.ngram_tokens], logits);
    const biased = inputs.logits.map((logit, id) =>
      expected.maryland_biased_ids.includes(id) ? logit + delta : logit,
    );
    expect([...logits]).toEqual(biased);
  });
});

describe('textseal_generate', () => {
  it.each(TEXTSEAL.map((each, i) => ({ ...each, i })))('case $i', ({ params, inputs, expected }) => {
    const { vocab_size: vocabSize, ngram, secret_key, temperature, top_p } = params;
    const probs = nucleusOf(inputs.logits, temperature, top_p);
    const gumbel = TEXTSEAL_GUMBEL.open(
      TEXTSEAL_GUMBEL.config.parse({ watermark_type: 'gumbelmax', ngram, secret_key }),
      vocabSize,
    );
    const sampler = gumbel.startSampler!(0, noRandom);
    expect(sampler.choose(inputs.ngram_tokens, candidatesFrom(probs))).toBe(expected.gumbelmax_next_token);

    const { gamma, delta, synthid_depth: depth, synthid_gamma } = params;
    const common = { ngram, secret_key };
    const green = TEXTSEAL_GREEN_LIST.open(
      TEXTSEAL_GREEN_LIST.config.parse({ ...common, watermark_type: 'greenlist', gamma, delta }),
      vocabSize,
    );
    const tournament = TEXTSEAL_SYNTHID.open(
      TEXTSEAL_SYNTHID.config.parse({
        ...common,
        watermark_type: 'synthid',
        depth,
        gamma: synthid_gamma,
        synthid_round_stride: 1,
      }),
      vocabSize,
    );
    const answers = [
      [green, expected.greenlist_probs],
      [tournament, expected.synthid_probs],
    ] as const;
    for (const [mark, peer] of answers) {
      const logits = Float64Array.from(probs, Math.log);
      mark.startProcessor!(0).process(inputs.ngram_tokens, logits);
      softmax(logits).forEach((prob, id) => {
        // Single precision there, with 64 numbers added and 10 layers multiplied, and 1e-9 added to each sum.
        expect(Math.abs(prob - peer[id]!)).toBeLessThan(prob * 100 * 2 ** -24 + 1e-9);
      });
    }
  });
});

describe('a response without a full context', () => {
  const logits = [0.1, 0.2, 0.3, 0.4];
  const config = { ngram: 3, secret_key: 99 };

  it('is not marked by a processor', () => {
    const marks = [
      THREE_BRICKS_GREEN_LIST.open(
        THREE_BRICKS_GREEN_LIST.config.parse({ detector: 'maryland', ngram: 3, gamma: 0.5, delta: 1 }),
        4,
      ),
      TEXTSEAL_GREEN_LIST.open(
        TEXTSEAL_GREEN_LIST.config.parse({ ...config, watermark_type: 'greenlist' }),
        4,
      ),
      TEXTSEAL_SYNTHID.open(
        TEXTSEAL_SYNTHID.config.parse({
          ...config,
          watermark_type: 'synthid',
          synthid_round_stride: 659_101,
        }),
        4,
      ),
    ];
    for (const mark of marks) {
      const changed = Float64Array.from(logits);
      mark.startProcessor!(2).process([1, 2], changed);
      expect([...changed]).toEqual(logits);
    }
  });

  it('is sampled plainly by a sampler', () => {
    const mark = TEXTSEAL_GUMBEL.open(
      TEXTSEAL_GUMBEL.config.parse({ ...config, watermark_type: 'gumbelmax' }),
      4,
    );
    const sampler = mark.startSampler!(0, seededRandom(1));
    const chosen = Array.from({ length: 40 }, () => sampler.choose([1, 2], candidatesFrom([0.5, 0.5, 0, 0])));
    expect(new Set(chosen)).toEqual(new Set([0, 1]));
  });

  it('draws a tail with the mass that it has', () => {
    const mark = TEXTSEAL_GUMBEL.open(
      TEXTSEAL_GUMBEL.config.parse({ watermark_type: 'gumbelmax', ngram: 1, secret_key: 7 }),
      1000,
    );
    const sampler = mark.startSampler!(0, seededRandom(1));
    const candidates = { ...candidatesFrom([0.25, 0.25]), tailMass: 0.5, drawTail: () => 999 };
    const steps = 900;
    const tails = Array.from({ length: steps }, (_, i) => sampler.choose([i], candidates)).filter(
      (id) => id === 999,
    );
    // Over contexts of their own, each outcome comes with its probability.
    expect(Math.abs(tails.length / steps - 0.5)).toBeLessThan(4.9 * Math.sqrt(0.25 / steps));
  });
});
