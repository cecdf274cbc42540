/**
 * vLLM's stateless Bernoulli watermark, `"algorithm": "sbw"`: each token is green by a draw of its own.
 *
 * Source: vllm-project/vllm, vllm/v1/watermarking/sbw.py of pull request 56859, open when it was read; Ceppi, Sanchez,
 * "Flip, Don't Shuffle: Watermarking LLMs at the Speed of Inference", EMNLP 2026.
 *
 * With `lefthash`, vLLM's generator seeds with the sum of the context's ids and its detector with the sum of their hashes, so that it
 * does not find its own mark. This profile follows the generator: that is what is in texts.
 */

import { bitLength, factorsOfTwo, UNKEYED_SLOT } from '../key-strength.ts';
import { createPairSource } from '../philox/pair-source.ts';
import { philoxEngine, wipePhilox } from '../philox/shared.ts';
import { highWord, lowWord } from '../philox/source.ts';
import type { ForeignMark, MarkProcessor, MarkSource, Profile } from '../profile.ts';
import { writeSalt } from '../salt.ts';
import { greenLimit, redrawVllmKey, type VllmConfig, vllmConfig } from './config.ts';
import { contextToMark } from './contexts.ts';

const LOWER_31_BITS = 0x7fffffff;
// Seeds that depend on fewer bits of the key could be guessed, and are not scored.
const SEED_BITS = 48;

/** The green-list mark; keys from 2^63 on are refused, as vLLM fails with them. */
export const VLLM_SBW: Profile<VllmConfig> = {
  kind: 'tuples',
  name: 'vllm-sbw',
  writtenBy: 'vLLM, --watermark-config with algorithm sbw',
  scheme: 'green-list',
  config: vllmConfig({ algorithms: ['sbw'], keyBits: 63 }),
  secretFields: ['key'],
  basis: 'law',
  // A seed is a product of 64 bits with the key: each factor of two in the other factor pushes out a bit of it.
  strength: ({ key }) => ({ keyBits: bitLength(key), drawBits: Math.min(SEED_BITS, bitLength(key)) }),
  redraw: redrawVllmKey,
  open: openSbw,
};

function openSbw(config: VllmConfig, vocabSize: number): ForeignMark {
  const source = createSbwSource(config);
  const limit = greenLimit(config.sbw_gamma);
  const isGreen = (word: number): boolean => (word & LOWER_31_BITS) < limit;
  const green = limit / 2 ** 31;

  function startProcessor(promptLength: number): MarkProcessor {
    const tokenIdsOfVocabulary = Uint32Array.from({ length: vocabSize }, (_, id) => id);
    const words = new Uint32Array(vocabSize);
    return {
      process(tokenIds, logits) {
        const context = contextToMark(tokenIds, promptLength, config);
        if (context === undefined) return;
        source.candidateWords(context, tokenIdsOfVocabulary, 0, words);
        for (let i = 0; i < vocabSize; i++) if (isGreen(words[i]!)) logits[i]! += config.sbw_delta;
      },
    };
  }

  return {
    source,
    wordScore: {
      nullLaw: { kind: 'binomial', numerator: 2 * limit },
      nullMean: green,
      nullDeviation: Math.sqrt(green * (1 - green)),
      score: (word) => (isGreen(word) ? 1 : 0),
      sumScores(words, count) {
        let sum = 0;
        for (let i = 0; i < count; i++) if (isGreen(words[i]!)) sum++;
        return sum;
      },
    },
    startProcessor,
  };
}

/**
 * Words under a 64-bit seed. Different contexts share seeds, `selfhash` often: one token's seed is the least of a few products.
 * The salt is a bijection of the seed, so that a draw counts once, whichever context led to it.
 */
function createSbwSource({ key, context_width: width, sbw_scheme: scheme }: VllmConfig): MarkSource {
  const engine = philoxEngine();
  const { batch, columns, states, words } = engine;
  let keyLow = lowWord(key);
  let keyHigh = highWord(key);
  // A seed has the key's factors of two and those of what it was multiplied with; 0 has none of the key.
  const mostFactors = factorsOfTwo(key) + 64 - Math.min(SEED_BITS, bitLength(key));
  const isKeyed = (low: number, high: number): boolean =>
    (low !== 0 ? factorsOfTwo(low >>> 0) : 32 + factorsOfTwo(high >>> 0)) <= mostFactors;

  function seed(count: number): void {
    if (scheme === 'selfhash') engine.selfSeeds(count, width, keyLow, keyHigh);
    else engine.leftSeeds(count, width, keyLow, keyHigh);
  }

  return createPairSource(width, {
    buffers: engine,

    salts(count, out, at) {
      seed(count);
      for (let pair = 0; pair < count; pair++, at += 4) {
        const low = states[pair]!;
        const high = states[batch + pair]!;
        writeSalt(low, high, out, at);
        if (!isKeyed(low, high)) out[at] = UNKEYED_SLOT;
      }
    },

    contextSalt(out) {
      if (scheme === 'lefthash') {
        this.salts(1, out, 0);
        return;
      }
      // No token, no seed: a name of the ids that seeds can depend on, all but the oldest.
      out.fill(0);
      for (let place = 1; place < width; place++) {
        writeSalt(out[2]! ^ columns[place * batch]!, out[3]!, out, 0);
      }
    },

    words(count, out, at, shared) {
      if (shared) {
        for (let place = 0; place < width; place++) {
          columns.fill(columns[place * batch]!, place * batch, place * batch + count);
        }
      }
      seed(count);
      engine.drawSeeded(count);
      for (let i = 0; i < count; i++) out[at + i] = words[i]!;
    },

    wipe() {
      keyLow = 0;
      keyHigh = 0;
      wipePhilox(engine);
    },
  });
}
