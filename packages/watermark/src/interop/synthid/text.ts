/**
 * SynthID-Text as google-deepmind/synthid-text writes it since June 2025: `SynthIDLogitsProcessor`, docs/interop.md. Its hash
 * is not that of transformers.
 *
 * Source: Dathathri et al., "Scalable watermarking for identifying large language model outputs", Nature 634 (2024);
 * google-deepmind/synthid-text@addb4a1, src/synthid_text/logits_processing.py.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import * as z from 'zod';
import { tournamentWeights } from '../../scheme/tournament.ts';
import { wholeKey } from '../key-strength.ts';
import type { ForeignMark, MarkProcessor, Profile } from '../profile.ts';
import { GatheredLogits } from '../tournament/gathered-logits.ts';
import { TournamentUpdate } from '../tournament/update.ts';
import { Keys, keysCaution, layerKeyBits, NgramLength, redrawKeys } from './keys.ts';
import { MarkSteps } from './mark-steps.ts';
import { createNgramSource, type NgramSource } from './ngram-source.ts';
import { createShiftedDraw } from './shifted-draw.ts';
import { createSynthIdScore } from './word-score.ts';

// -1e12, in the float32 in which the peer holds it: what it writes for the logarithm of 0.
const FLOOR = Math.fround(-1e12);

/** The arguments of `SynthIDLogitsProcessor`, by its own names, without the device. */
export interface SynthIdTextConfig {
  readonly ngram_len: number;
  /** One a layer, secret. */
  readonly keys: readonly bigint[];
  readonly context_history_size: number;
  /** What logits are divided by; needed for writing only. */
  readonly temperature?: number | undefined;
  /** How many of the largest logits are kept; needed for writing only. */
  readonly top_k?: number | undefined;
  readonly skip_first_ngram_calls: boolean;
  readonly apply_top_k: boolean;
  /** Tokens in one match; above two the mark is stronger and changes the distribution. */
  readonly num_leaves: number;
}

const ConfigSchema: z.ZodType<SynthIdTextConfig> = z.strictObject({
  ngram_len: NgramLength,
  keys: Keys,
  context_history_size: z.int().min(0),
  temperature: z.number().gt(0).optional(),
  top_k: z.int().min(2).optional(),
  skip_first_ngram_calls: z.boolean().default(false),
  apply_top_k: z.boolean().default(true),
  num_leaves: z.int().min(2).max(1024).default(2),
});

/** Reads and writes the mark of synthid-text. */
export const SYNTHID_TEXT: Profile<SynthIdTextConfig> = {
  kind: 'tuples',
  name: 'synthid-text',
  writtenBy: 'google-deepmind/synthid-text since June 2025, SynthIDLogitsProcessor',
  scheme: 'tournament',
  config: ConfigSchema,
  secretFields: ['keys'],

  // Its bits are nearly linear in the hash: text of another key leans under this one, and no law covers that.
  basis: 'layers',
  caution: keysCaution,
  strength: ({ keys }) => wholeKey(keys.length * layerKeyBits(keys)),
  redraw: (config, bytes) => ({ ...config, keys: redrawKeys(config.keys, 1, bytes)[0] ?? config.keys }),

  open(config, vocabSize): ForeignMark {
    const { keys, temperature, top_k: size } = config;
    if (size !== undefined && size > vocabSize) {
      throw new RangeError(`"top_k" expected at most the ${vocabSize} tokens of the vocabulary, got ${size}`);
    }
    // The hash of no tokens stays that of the real keys: a layer's own key is all that is exchanged.
    const initial = synthIdTextInitialHash(keys);
    const open = (layerKeys: readonly bigint[]): NgramSource =>
      createNgramSource(config.ngram_len, initial, createShiftedDraw(layerKeys));
    const source = open(keys);
    return {
      source,
      layers: {
        weights: tournamentWeights(keys.length),
        redraw: (count, bytes) => redrawKeys(keys, count, bytes).map(open),
      },
      wordScore: createSynthIdScore({ layers: keys.map((_, layer) => layer) }),
      ...(temperature === undefined || size === undefined
        ? {}
        : { startProcessor: () => createProcessor(source, config, temperature, size, vocabSize) }),
    };
  },
};

/**
 * Returns the hash of no tokens: SHA-256 of the keys, 8 bytes each, little-endian, read big-endian mod 2^63 − 1.
 *
 * As secret as the keys.
 */
export function synthIdTextInitialHash(keys: readonly bigint[]): bigint {
  const bytes = new Uint8Array(8 * keys.length);
  const view = new DataView(bytes.buffer);
  for (const [layer, key] of keys.entries()) view.setBigInt64(8 * layer, key, true);
  const digest = sha256(bytes).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  bytes.fill(0);
  return digest % (2n ** 63n - 1n);
}

function createProcessor(
  source: NgramSource,
  config: SynthIdTextConfig,
  temperature: number,
  topK: number,
  vocabSize: number,
): MarkProcessor {
  const steps = new MarkSteps(source, config);
  const update = new TournamentUpdate(config.keys.length, config.num_leaves);
  const gathered = new GatheredLogits();
  const size = config.apply_top_k ? topK : vocabSize;
  return {
    process(tokenIds, logits) {
      if (logits.length !== vocabSize) {
        throw new RangeError(`"logits" expected length ${vocabSize}, got ${logits.length}`);
      }
      gathered.gatherLargest(logits, size);
      const { ids, values, words } = gathered;
      for (let i = 0; i < size; i++) values[i]! /= temperature;
      const context = steps.next(tokenIds);
      if (context !== undefined) {
        source.candidateWords(context, ids.subarray(0, size), 0, words.subarray(0, size));
        update.apply(values, words, size, FLOOR);
      }
      logits.fill(-Infinity);
      for (let i = 0; i < size; i++) logits[ids[i]!] = values[i]!;
    },
  };
}
