/**
 * vLLM's Gumbel-max sampling with two keys, `"algorithm": "dual_key_gumbel"`.
 *
 * Source: vllm-project/vllm, vllm/v1/watermarking/gumbel.py, and `derive_watermark_key` of vllm/config/watermarking.py.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { createGumbel } from '../../scheme/gumbel.ts';
import { race } from '../mark-writers.ts';
import { createPhiloxSource } from '../philox/source.ts';
import type { ForeignMark, MarkSource, Profile } from '../profile.ts';
import { redrawVllmKey, type VllmConfig, vllmConfig, vllmStrength } from './config.ts';
import { UPPER_BITS, vllmUniform } from './gumbel.ts';
import { vllmSampler } from './sampler.ts';

const SCALE = 2 ** 20;
// Weights are multiples of 2^-26: a score is below 2^25, so that every product and sum below is exact in binary64.
const WEIGHT_STEPS = 2 ** 26;

const gumbel = createGumbel();

/**
 * The mark of two keys: each token is chosen by key B with probability α, by key A otherwise, and nobody can tell which.
 *
 * The statistic is vLLM's, Σ (1 − α) x + α y with x, y the scores under either key; its law under the null is the weighted sum
 * of two Gamma variables, where vLLM matches two moments. So the *word* of a token is its score, ⌊2^20 ((1 − α) x + α y)⌋ of
 * integer scores and of α rounded to 2^-26.
 */
export const VLLM_DUAL_KEY: Profile<VllmConfig> = {
  kind: 'tuples',
  name: 'vllm-dual-key',
  writtenBy: 'vLLM, --watermark-config with algorithm dual_key_gumbel',
  scheme: 'gumbel',
  config: vllmConfig({ algorithms: ['dual_key_gumbel'] }),
  secretFields: ['key'],
  basis: 'law',
  strength: vllmStrength,
  redraw: redrawVllmKey,
  open: openDualKey,
};

/** Derives one of the two keys from the configured one: the first 64 bits of SHA-256(domain ‖ key), big endian. */
function deriveVllmKey(key: bigint, domain: 'key_a' | 'key_b'): bigint {
  const message = new Uint8Array(domain.length + 8);
  message.set(utf8ToBytes(domain));
  new DataView(message.buffer).setBigUint64(domain.length, key);
  const digest = sha256(message);
  return new DataView(digest.buffer, digest.byteOffset).getBigUint64(0);
}

function openDualKey(config: VllmConfig): ForeignMark {
  const steps = Math.round(config.alpha * WEIGHT_STEPS);
  const alpha = steps / WEIGHT_STEPS;
  const [sourceA, sourceB] = (['key_a', 'key_b'] as const).map((domain) =>
    createPhiloxSource({
      key: deriveVllmKey(config.key, domain),
      contextWidth: config.context_width,
      mask: UPPER_BITS,
    }),
  ) as [MarkSource, MarkSource];

  /** Turns key A's words in `out` and key B's into scores. */
  function combine(out: Uint32Array, wordsB: Uint32Array): void {
    for (let i = 0; i < out.length; i++) {
      const sum = (WEIGHT_STEPS - steps) * gumbel.score(out[i]!) + steps * gumbel.score(wordsB[i]!);
      out[i] = Math.floor(sum / WEIGHT_STEPS);
    }
  }

  return {
    source: {
      contextWidth: config.context_width,
      sequenceHeaders: (tokenIds, out) => sourceA.sequenceHeaders(tokenIds, out),
      contextHeader: (context, out) => sourceA.contextHeader(context, out),
      sequenceWords(tokenIds, positions, symbols, out) {
        sourceA.sequenceWords(tokenIds, positions, symbols, out);
        const wordsB = new Uint32Array(out.length);
        sourceB.sequenceWords(tokenIds, positions, symbols, wordsB);
        combine(out, wordsB);
      },
      candidateWords(context, candidates, symbol, out) {
        sourceA.candidateWords(context, candidates, symbol, out);
        const wordsB = new Uint32Array(out.length);
        sourceB.candidateWords(context, candidates, symbol, wordsB);
        combine(out, wordsB);
      },
      close() {
        sourceA.close();
        sourceB.close();
      },
    },
    wordScore: {
      // With one key left, the law is that key's.
      nullLaw:
        steps === 0 || steps === WEIGHT_STEPS
          ? { kind: 'gamma', scale: SCALE }
          : { kind: 'gamma-sum', scale: SCALE, weights: [1 - alpha, alpha] },
      nullMean: SCALE,
      nullDeviation: SCALE * Math.sqrt((1 - alpha) ** 2 + alpha ** 2),
      score: (word) => word,
      sumScores(words, count) {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += words[i]!;
        return sum;
      },
    },
    startSampler: (promptLength, random) =>
      vllmSampler({
        config,
        promptLength,
        random,
        sourceOf: () => (random() < config.alpha ? sourceB : sourceA),
        choose: (candidates, words) => race(candidates, (i) => vllmUniform(words[i]!), random),
      }),
  };
}
