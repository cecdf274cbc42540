import { createHash } from 'node:crypto';
import { synthIdTextInitialHash } from '@countermark/watermark/internal';
import {
  contextRepetitionMask,
  endOfTextMask,
  type ForeignMark,
  meanGValue,
  SYNTHID_HF,
  SYNTHID_TEXT,
  TorchRandom,
  weightedMeanGValue,
} from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { peerCases } from '../peer-vectors.ts';
import { CASE_HEAD, COMMON_ANSWERS, maskOf, textWords, wordBits } from './case.ts';
import { layerKeys, textInitialHash } from './reference.ts';

const HF_CASES = peerCases(
  'synthid_hf_gvalues',
  z.strictObject({
    ...CASE_HEAD,
    expected: z.strictObject({
      ...COMMON_ANSWERS,
      sampling_table: z.strictObject({
        first64: z.string(),
        sha256_of_ascii_bits: z.string(),
        ones: z.int(),
      }),
    }),
  }),
);

const TEXT_CASES = peerCases(
  'synthid_dm_gvalues',
  z.strictObject({
    ...CASE_HEAD,
    expected: z.strictObject({ ...COMMON_ANSWERS, hash_iv: z.string() }),
  }),
);

type Case = (typeof HF_CASES)[number] | (typeof TEXT_CASES)[number];

function expectAnswers(mark: ForeignMark, initialHash: bigint, { params, inputs, expected }: Case): void {
  const { depth, ngram_len: ngramLength, context_history_size: historySize } = params;
  const tokenIds = Uint32Array.from(inputs.input_ids);
  const words = textWords(mark, tokenIds);
  expect(Array.from(words, (word) => wordBits(word, depth))).toEqual(expected.g_values);
  const contexts = contextRepetitionMask(tokenIds, { ngramLength, historySize, initialHash });
  expect(contexts).toEqual(maskOf(expected.context_repetition_mask));
  const beforeEnd = endOfTextMask(tokenIds, params.eos_token_id);
  expect(beforeEnd).toEqual(maskOf(expected.eos_token_mask));
  const both = contexts.map((bit, i) => bit & beforeEnd[i + ngramLength - 1]!);
  expect(both.filter((bit) => bit === 1).length).toBe(expected.num_unmasked_combined);
  // Sums of at most 70 · 30 terms in doubles, in another order than the peer's.
  const near = (value: number | undefined, answer: number): void => {
    expect(Math.abs(value! - answer)).toBeLessThan(2 * 70 * 30 * 2 ** -53);
  };
  near(meanGValue(words, contexts, depth), expected.scores.mean_ctxmask);
  near(meanGValue(words, both, depth), expected.scores.mean_combined);
  near(weightedMeanGValue(words, contexts, depth), expected.scores.weighted_mean_ctxmask);
  near(weightedMeanGValue(words, both, depth), expected.scores.weighted_mean_combined);
  // The peer's closed form for a uniform model and two leaves.
  expect(expected.expected_mean_g_value).toBeCloseTo(0.5 + 0.25 * (1 - 1 / params.vocab_size), 12);
  // Not our code's answer, but the reference's, which other tests rest on.
  const keys = params.keys.map(BigInt);
  const firsts = [0, 1, 2].map((start) => inputs.input_ids.slice(start, start + ngramLength));
  expect(firsts.map((ngram) => layerKeys(initialHash, ngram, keys).map(String))).toEqual(
    expected.ngram_keys_first3,
  );
}

describe('SYNTHID_HF', () => {
  it.each(HF_CASES)(
    'has the g-values of transformers: $params.keyset, n-grams of $params.ngram_len, $params.vocab_size ids, table of $params.sampling_table_size',
    (known) => {
      const { params, expected } = known;
      const table = {
        sampling_table_size: params.sampling_table_size!,
        sampling_table_seed: params.sampling_table_seed!,
      };
      const config = SYNTHID_HF.config.parse({
        ngram_len: params.ngram_len,
        keys: params.keys,
        context_history_size: params.context_history_size,
        ...table,
      });
      expect(config.keys.length).toBe(params.depth);
      const mark = SYNTHID_HF.open(config, params.vocab_size);
      expectAnswers(mark, 1n, known);
      const { ones, first64, sha256_of_ascii_bits: digest } = expected.sampling_table;
      expect(mark.wordScore.nullLaw).toMatchObject({ share: { ones, of: table.sampling_table_size } });
      const random = new TorchRandom(table.sampling_table_seed);
      const bits = Array.from({ length: table.sampling_table_size }, () => random.randInt(0, 2)).join('');
      expect(bits.slice(0, 64)).toBe(first64);
      expect(createHash('sha256').update(bits).digest('hex')).toBe(digest);
    },
  );
});

describe('SYNTHID_TEXT', () => {
  it.each(TEXT_CASES)(
    'has the g-values of synthid-text: $params.keyset, n-grams of $params.ngram_len, $params.vocab_size ids',
    (known) => {
      const { params, expected } = known;
      expect(params.sampling_table_size).toBeNull();
      const config = SYNTHID_TEXT.config.parse({
        ngram_len: params.ngram_len,
        keys: params.keys,
        context_history_size: params.context_history_size,
      });
      const initialHash = synthIdTextInitialHash(config.keys);
      expect(String(initialHash)).toBe(expected.hash_iv);
      expect(textInitialHash(config.keys)).toBe(initialHash);
      expectAnswers(SYNTHID_TEXT.open(config, params.vocab_size), initialHash, known);
    },
  );
});
