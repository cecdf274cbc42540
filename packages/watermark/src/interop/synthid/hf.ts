/**
 * SynthID-Text as transformers writes it: `SynthIDTextWatermarkingConfig`, docs/interop.md.
 *
 * Source: Dathathri et al., "Scalable watermarking for identifying large language model outputs", Nature 634 (2024); the hash of
 * huggingface/transformers, src/transformers/generation/logits_process.py.
 */
import * as z from 'zod';
import type { ShiftedLayers } from '../../mark-key.ts';
import { tournamentWeights } from '../../scheme/tournament.ts';
import { wholeKey } from '../key-strength.ts';
import type { ForeignMark, MarkProcessor, Profile } from '../profile.ts';
import { tournamentProcessor } from '../tournament/processor.ts';
import { keyShifts } from './key-shifts.ts';
import { Keys, keysCaution, layerKeyBits, NgramLength, redrawKeys } from './keys.ts';
import { MarkSteps } from './mark-steps.ts';
import { createNgramSource, type NgramSource } from './ngram-source.ts';
import { createTableDraw, drawSamplingTable, placeOf, seesLowBits, sharedLayers } from './sampling-table.ts';
import { createSynthIdScore } from './word-score.ts';

/** The hash of no tokens. */
export const HF_INITIAL_HASH = 1n;

// torch.finfo(dtype).min: what the peer writes for a probability of 0.
const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** `SynthIDTextWatermarkingConfig`, by its own names. */
export interface SynthIdHfConfig {
  readonly ngram_len: number;
  /** One a layer, secret. */
  readonly keys: readonly bigint[];
  readonly context_history_size: number;
  readonly sampling_table_seed: number;
  readonly sampling_table_size: number;
  readonly skip_first_ngram_calls: boolean;
  /** The model's logits are replaced by equal ones before the mark. */
  readonly debug_mode: boolean;
}

const ConfigSchema: z.ZodType<SynthIdHfConfig> = z.strictObject({
  ngram_len: NgramLength,
  keys: Keys,
  context_history_size: z.int().min(0).default(1024),
  sampling_table_seed: z.int().default(0),
  // The peer refuses larger ones; a table of one entry has no bits to choose between.
  sampling_table_size: z
    .int()
    .min(2)
    .max(2 ** 24)
    .default(2 ** 16),
  skip_first_ngram_calls: z.boolean().default(false),
  debug_mode: z.boolean().default(false),
});

/** Reads and writes the mark of transformers, whose table was drawn on a CPU. */
export const SYNTHID_HF: Profile<SynthIdHfConfig> = {
  kind: 'tuples',
  name: 'synthid-hf',
  writtenBy: 'Hugging Face transformers, SynthIDTextWatermarkingConfig',
  scheme: 'tournament',
  basis: 'layers',
  caution: keysCaution,
  // A layer's key only moves the place in the table that is read.
  strength: ({ keys, sampling_table_size: size }) =>
    wholeKey(keys.length * Math.min(Math.log2(size), layerKeyBits(keys))),
  config: ConfigSchema,
  secretFields: ['keys'],

  redraw: (config, bytes) => ({ ...config, keys: redrawKeys(config.keys, 1, bytes)[0] ?? config.keys }),

  open(config, vocabSize): ForeignMark {
    const { keys, sampling_table_size: size } = config;
    const table = drawSamplingTable(size, config.sampling_table_seed);
    const ones = table.reduce((sum, bit) => sum + bit, 0);
    if (ones === 0 || ones === size) {
      throw new RangeError(
        `"sampling_table_size" expected a table with zeros and ones, got ${ones} of ${size} with this seed`,
      );
    }
    const open = (layerKeys: readonly bigint[]): NgramSource =>
      createNgramSource(config.ngram_len, HF_INITIAL_HASH, createTableDraw(table, layerKeys));
    const source = open(keys);
    const shifted = seesLowBits(size) ? { shifted: shiftedLayers(table, keys, source) } : {};
    return {
      source,
      layers: {
        weights: tournamentWeights(keys.length),
        redraw: (count, bytes) => redrawKeys(keys, count, bytes).map(open),
        ...shifted,
      },
      wordScore: createSynthIdScore({ layers: sharedLayers(size, keys), share: { ones, of: size } }),
      startProcessor: () => createProcessor(source, config, vocabSize),
    };
  },
};

function shiftedLayers(table: Uint8Array, keys: readonly bigint[], source: NgramSource): ShiftedLayers {
  return {
    table,
    ...keyShifts(keys, table.length),
    places(tokenIds, positions, out) {
      source.sequenceNames(tokenIds, positions, out);
      for (let i = 0; i < positions.length; i++) out[i] = placeOf(out[i]!, table.length);
    },
  };
}

function createProcessor(source: NgramSource, config: SynthIdHfConfig, vocabSize: number): MarkProcessor {
  const steps = new MarkSteps(source, config);
  const processor = tournamentProcessor({
    source,
    depth: config.keys.length,
    contextOf: (tokenIds) => steps.next(tokenIds),
    floorOf: (logits) => (logits instanceof Float32Array ? -LARGEST_FLOAT32 : -Number.MAX_VALUE),
  });
  return {
    process(tokenIds, logits) {
      if (logits.length !== vocabSize) {
        throw new RangeError(`"logits" expected length ${vocabSize}, got ${logits.length}`);
      }
      if (config.debug_mode) logits.fill(1);
      processor.process(tokenIds, logits);
    },
  };
}
