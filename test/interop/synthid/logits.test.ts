import { type MarkProcessor, SYNTHID_HF, SYNTHID_TEXT, TorchRandom } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { peerCases } from '../peer-vectors.ts';
import { shiftedBits, tableBits, textInitialHash } from './reference.ts';
import { boundedTournament, DOUBLE, type Precision, SINGLE } from './tournament-bound.ts';

const VOCAB = 64;
// A missing score is -Infinity, `min` the least number of its type.
const Scores = z.array(z.union([z.number(), z.null().transform(() => -Infinity), z.literal('min')]));

const HF_CASES = peerCases(
  'synthid_hf_logits',
  z.strictObject({
    params: z.strictObject({
      keyset: z.string(),
      keys: z.array(z.string()),
      depth: z.int(),
      ngram_len: z.int(),
      vocab_size: z.literal(VOCAB),
      sampling_table_size: z.int(),
      sampling_table_seed: z.int(),
      context_history_size: z.int(),
      skip_first_ngram_calls: z.boolean(),
      dtype: z.enum(['float32', 'float64']),
    }),
    inputs: z.strictObject({ steps: z.string() }),
    expected: z.strictObject({
      steps: z.array(
        z.strictObject({
          input_ids: z.array(z.int()),
          scores: Scores,
          out: Scores,
          probs: z.array(z.number()),
          passthrough: z.boolean(),
        }),
      ),
    }),
  }),
);

const TEXT_CASES = peerCases(
  'synthid_dm_logits',
  z.strictObject({
    params: z.strictObject({
      keyset: z.string(),
      keys: z.array(z.string()),
      ngram_len: z.int(),
      num_leaves: z.int(),
      temperature: z.number(),
      top_k: z.int(),
      apply_top_k: z.boolean(),
      dtype: z.literal('float64'),
      context_history_size: z.int(),
    }),
    expected: z.strictObject({
      steps: z.array(
        z.strictObject({
          input_ids: z.array(z.int()),
          scores: z.array(z.number()),
          top_k_indices: z.array(z.int()),
          updated: z.array(z.number()),
          passthrough: z.boolean(),
        }),
      ),
    }),
  }),
);

type Logits = Float32Array | Float64Array;

function run(processor: MarkProcessor, inputIds: readonly number[], scores: Logits): Logits {
  const logits = scores.slice();
  processor.process(inputIds, logits);
  return logits;
}

/**
 * Compares the peer's log-probabilities with ours, which come from doubles: they may differ by what the peer's precision and a
 * double's may have lost.
 *
 * @returns how many probabilities the bounds leave known to a tenth of a percent, in float32 to ten percent: what float32 computes
 *   has lost most of its digits after thirty layers.
 */
function expectSameProbs(
  ours: readonly number[],
  peers: readonly number[],
  input: { logits: readonly number[]; bits: readonly string[]; leaves: number; precision: Precision },
): number {
  const { logits, bits, leaves, precision } = input;
  const exact = boundedTournament(logits, bits, leaves, precision);
  const { bounds } = boundedTournament(logits, bits, leaves, DOUBLE);
  return exact.probs.filter((prob, i) => {
    const bound = exact.bounds[i]! + 3 * bounds[i]!;
    // A logarithm l of relative error u moves its exp by |l| u, and so does exp's own rounding.
    const [own, peer] = [ours[i]!, peers[i]!].map((log) => (log < -1e9 ? 0 : Math.exp(log)));
    const slack = (1 + Math.abs(Math.log(prob || Number.MIN_VALUE))) * 4 * precision.unit * prob;
    expect(Math.abs(own! - peer!), `token ${i}: ${own} and ${peer}`).toBeLessThanOrEqual(bound + slack);
    return bound + slack <= (precision === SINGLE ? 0.1 : 1e-3) * prob;
  }).length;
}

describe('SYNTHID_HF', () => {
  it.each(HF_CASES)(
    'makes the logits of transformers: $params.keyset, n-grams of $params.ngram_len, $params.dtype, skipping $params.skip_first_ngram_calls, history of $params.context_history_size',
    ({ params, expected }) => {
      const keys = params.keys.map(BigInt);
      const config = SYNTHID_HF.config.parse({
        ngram_len: params.ngram_len,
        keys: params.keys,
        context_history_size: params.context_history_size,
        sampling_table_size: params.sampling_table_size,
        sampling_table_seed: params.sampling_table_seed,
        skip_first_ngram_calls: params.skip_first_ngram_calls,
      });
      const random = new TorchRandom(params.sampling_table_seed);
      const table = Array.from({ length: params.sampling_table_size }, () => random.randInt(0, 2));
      const isDouble = params.dtype === 'float64';
      const ArrayType = isDouble ? Float64Array : Float32Array;
      const least = isDouble ? -Number.MAX_VALUE : -(2 - 2 ** -23) * 2 ** 127;
      const precision = isDouble ? DOUBLE : SINGLE;
      const mark = SYNTHID_HF.open(config, VOCAB);
      const processor = mark.startProcessor!(3);
      const context = new Array<number>(params.ngram_len - 1).fill(0);
      let told = 0;
      let marked = 0;
      for (const [index, step] of expected.steps.entries()) {
        if (index > 0) context.splice(0, context.length, ...context.slice(1), step.input_ids.at(-1)!);
        const scores = ArrayType.from(step.scores.map(Number));
        const peers = step.out.map((log) => (log === 'min' ? least : log));
        const ours = run(processor, step.input_ids, scores);
        if (step.passthrough) {
          expect([...ours]).toEqual([...scores]);
          expect(peers).toEqual([...scores]);
          continue;
        }
        const bits = Array.from(scores, (_, id) => tableBits(table, [...context, id], keys));
        for (const [id, score] of scores.entries()) if (score === -Infinity) expect(ours[id]).toBe(least);
        told += expectSameProbs([...ours], peers, { logits: [...scores], bits, leaves: 2, precision });
        marked += scores.filter((score) => score > -Infinity).length;
        // The file's own check, rounded to ten digits.
        const total = peers.reduce((sum, log) => sum + Math.exp(log), 0);
        for (const [id, prob] of step.probs.entries()) {
          expect(Math.abs(Math.exp(peers[id]!) / total - prob)).toBeLessThanOrEqual(
            1e-9 * prob + VOCAB * 8 * precision.unit * prob + 1e-45,
          );
        }
      }
      expect(told).toBeGreaterThanOrEqual(marked / 12);
    },
  );
});

describe('SYNTHID_TEXT', () => {
  it.each(TEXT_CASES)(
    'makes the logits of synthid-text: $params.keyset, n-grams of $params.ngram_len, $params.num_leaves leaves, top k $params.apply_top_k at temperature $params.temperature',
    ({ params, expected }) => {
      const { keyset: _, dtype: __, ...settings } = params;
      const config = SYNTHID_TEXT.config.parse(settings);
      const initial = textInitialHash(config.keys);
      const processor = SYNTHID_TEXT.open(config, VOCAB).startProcessor!(3);
      const context = new Array<number>(params.ngram_len - 1).fill(0);
      let told = 0;
      let marked = 0;
      for (const [index, step] of expected.steps.entries()) {
        if (index > 0) context.splice(0, context.length, ...context.slice(1), step.input_ids.at(-1)!);
        const ours = run(processor, step.input_ids, Float64Array.from(step.scores));
        const chosen = step.top_k_indices;
        const left = [...ours.keys()].filter((id) => ours[id]! > -Infinity);
        expect(left).toEqual([...chosen].sort((a, b) => a - b));
        const logits = chosen.map((id) => step.scores[id]! / params.temperature);
        const own = chosen.map((id) => ours[id]!);
        if (step.passthrough) {
          expect(own).toEqual(step.updated);
          continue;
        }
        const bits = chosen.map((id) => shiftedBits(initial, [...context, id], config.keys));
        told += expectSameProbs(own, step.updated, {
          logits,
          bits,
          leaves: params.num_leaves,
          precision: DOUBLE,
        });
        marked += chosen.length;
      }
      expect(told).toBeGreaterThanOrEqual(marked / 12);
    },
  );
});
