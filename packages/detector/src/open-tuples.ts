import { type LayeredKeys, SHARED_SLOT, UNKEYED_SLOT } from '@countermark/watermark/interop';
import {
  createScheme,
  createWordSource,
  type KeyedWordSource,
  type ScoreReading,
  slotLimits,
} from '@countermark/watermark/scheme';
import { type DetectionKey, isForeign } from './detection-key.ts';
import { createWordBins, type WordBins } from './evidence/word-bins.ts';

/** What a scorer asks a word source for. */
export type ScoringSource = Pick<
  KeyedWordSource,
  'contextWidth' | 'sequenceHeaders' | 'sequenceWords' | 'close'
>;

/** What tuples are scored with under one key. The caller closes the source. */
export interface OpenTuples {
  readonly reading: ScoreReading;
  readonly source: ScoringSource;
  /** Ids are below it. */
  readonly vocabSize: number;
  /** Contexts whose slot word is below it are scored. */
  readonly commonLimit: number;
  /** The word of a slot that stands for a draw which depends on too little of the key; -1 where there is none such. */
  readonly unkeyedSlot: number;
  /** The keys of layers, if the mark's p-value rests on them. */
  readonly layers: LayeredKeys | undefined;
  /** How words are read as likelihood ratios; undefined for another watermark's. */
  readonly bins: WordBins | undefined;
}

/** Derives what a key scores with. */
export function openTuples(key: DetectionKey): OpenTuples {
  if (isForeign(key)) {
    const { source, reading, layers } = key.open();
    const { vocabSize } = key.params;
    // Every other word of a slot is scored.
    const commonLimit = Math.min(UNKEYED_SLOT, SHARED_SLOT);
    return { reading, source, vocabSize, commonLimit, unkeyedSlot: UNKEYED_SLOT, layers, bins: undefined };
  }
  const { params } = key;
  const schemeKey = key.schemeKey();
  const source = createWordSource(schemeKey, params.contextWidth);
  schemeKey.fill(0);
  return {
    reading: createScheme(params.scheme),
    source,
    vocabSize: params.tokenizer.vocabSize,
    commonLimit: slotLimits(params).commonLimit,
    unkeyedSlot: -1,
    layers: undefined,
    bins: createWordBins(params.scheme),
  };
}
