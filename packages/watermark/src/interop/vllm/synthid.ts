/**
 * vLLM's SynthID-Text: a tournament over bits of one Philox word a token.
 *
 * Source: vllm-project/vllm, vllm/v1/watermarking/synthid.py, of a pull request that was open when it was read. Its two states in
 * which a word's bits are drawn from Philox differ in the stream: {@link VLLM_SYNTHID} is the first, {@link VLLM_SYNTHID_STREAM}
 * the later one.
 */
import { plainSample } from '../../sampling/plain-sample.ts';
import type { ScoreReading } from '../../scheme/scheme.ts';
import { createTournament } from '../../scheme/tournament.ts';
import { createPhiloxSource } from '../philox/source.ts';
import type { ForeignMark, MarkProcessor, Profile } from '../profile.ts';
import { randomVllmKey, type VllmAlgorithm, type VllmConfig, vllmConfig } from './config.ts';
import { contextToMark } from './contexts.ts';

/** Words from the same stream as those of `vllm-gumbel`. */
export const VLLM_SYNTHID: Profile<VllmConfig> = synthidProfile(
  'vllm-synthid',
  ['synthid', 'synthid_text'],
  0n,
);

/** Words from a stream of their own, named "SYNT". */
export const VLLM_SYNTHID_STREAM: Profile<VllmConfig> = synthidProfile(
  'vllm-synthid-stream',
  ['synthid_text'],
  0x53594e54_00000000n,
);

function synthidProfile(
  name: string,
  algorithms: readonly [VllmAlgorithm, ...VllmAlgorithm[]],
  stream: bigint,
): Profile<VllmConfig> {
  return {
    kind: 'tuples',
    name,
    writtenBy: `vLLM, --watermark-config with algorithm ${algorithms.join(' or ')}`,
    scheme: 'tournament',
    config: vllmConfig({ algorithms }),
    secretFields: ['key'],
    redraw: (config, bytes) => ({ ...config, key: randomVllmKey(bytes) }),
    open: (config, vocabSize) => openSynthid(config, vocabSize, stream),
  };
}

function openSynthid(config: VllmConfig, vocabSize: number, stream: bigint): ForeignMark {
  const { key, context_width: contextWidth, depth } = config;
  const source = createPhiloxSource({ key, contextWidth, stream });
  const tournament = createTournament(depth);

  function startProcessor(promptLength: number): MarkProcessor {
    const tokenIdsOfVocabulary = Uint32Array.from({ length: vocabSize }, (_, id) => id);
    const words = new Uint32Array(vocabSize);
    const probs = new Float64Array(vocabSize);
    return {
      process(tokenIds, logits) {
        const context = contextToMark(tokenIds, promptLength, config);
        if (context === undefined) return;
        source.candidateWords(context, tokenIdsOfVocabulary, 0, words);
        softmaxInto(logits, probs);
        for (let layer = 0; layer < depth; layer++) playLayer(probs, words, layer);
        // vLLM writes the smallest finite number for a probability that came to 0; as a logit both mean never.
        for (let i = 0; i < vocabSize; i++) logits[i] = Math.log(probs[i]!);
      },
    };
  }

  return {
    source,
    reading: countBits(depth),
    startProcessor,
    startSampler: (promptLength, random) => ({
      choose(tokenIds, candidates) {
        const context = contextToMark(tokenIds, promptLength, config);
        if (context === undefined) return plainSample(candidates, random());
        const words = new Uint32Array(candidates.count);
        source.candidateWords(context, candidates.tokenIds.subarray(0, candidates.count), 0, words);
        return tournament.choose({ candidates, words, random });
      },
    }),
  };
}

/** Scores a word with the number of its first `depth` bits that are set, as vLLM does: all layers weigh the same. */
function countBits(depth: number): ScoreReading {
  const mask = depth === 32 ? -1 : (1 << depth) - 1;
  const score = (word: number): number => populationCount(word & mask);
  return {
    nullLaw: { kind: 'weighted-bits', weights: new Uint32Array(depth).fill(1) },
    nullMean: depth / 2,
    nullDeviation: Math.sqrt(depth) / 2,
    score,
    sumScores(words, count) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += score(words[i]!);
      return sum;
    },
  };
}

// Bits counted in pairs, nibbles and bytes at once; the product adds up the bytes.
function populationCount(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  word = (word + (word >>> 4)) & 0x0f0f0f0f;
  return Math.imul(word, 0x01010101) >>> 24;
}

function softmaxInto(logits: Float32Array | Float64Array, probs: Float64Array): void {
  let maximum = -Infinity;
  for (let i = 0; i < probs.length; i++) maximum = Math.max(maximum, logits[i]!);
  let total = 0;
  for (let i = 0; i < probs.length; i++) {
    probs[i] = Math.exp(logits[i]! - maximum);
    total += probs[i]!;
  }
  for (let i = 0; i < probs.length; i++) probs[i]! /= total;
}

/** Plays one layer: a token with bit g gets 1 + g − E times its probability, E being the mass of tokens with the bit. */
function playLayer(probs: Float64Array, words: Uint32Array, layer: number): void {
  let mass = 0;
  for (let i = 0; i < probs.length; i++) mass += probs[i]! * ((words[i]! >>> layer) & 1);
  // A mass of 1 and a rounding error would make a probability negative.
  for (let i = 0; i < probs.length; i++) probs[i]! *= Math.max(0, 1 + ((words[i]! >>> layer) & 1) - mass);
}
