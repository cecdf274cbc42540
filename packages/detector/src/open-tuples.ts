import {
  createScheme,
  createWordSource,
  type KeyedWordSource,
  type ScoreReading,
  slotLimits,
  TWO_32,
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
  /** How words are read as likelihood ratios; undefined for another watermark's. */
  readonly bins: WordBins | undefined;
}

/** Derives what a key scores with. */
export function openTuples(key: DetectionKey): OpenTuples {
  if (isForeign(key)) {
    const { source, reading } = key.open();
    // A slot of 2^32 − 1 is a tuple that shares its draws with others: not scored.
    return { reading, source, vocabSize: key.params.vocabSize, commonLimit: TWO_32 - 1, bins: undefined };
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
    bins: createWordBins(params.scheme),
  };
}
