/** How one key tests a document: tuple by tuple, or as a whole. */
import type { ScoreReading } from '@countermark/watermark/scheme';
import type { Statistic } from './detection.ts';
import { type DetectionKey, isForeign, schemeKindOf } from './detection-key.ts';
import { openPermutationTest } from './permutation-test.ts';
import { type DocumentScore, scoreDocument } from './score-document.ts';
import { type Dedup, Scorer } from './scorer.ts';
import { statisticOf } from './statistic.ts';
import type { TokenWeights } from './weights/token-weights.ts';

/** What a key says of a document, before any correction. */
export interface KeyScore extends DocumentScore {
  readonly statistic: Statistic;
  readonly log10EValue: number;
}

/** A key that tests documents; it holds what it derived until closed. */
export interface KeyTest {
  /** What each token's word scores. */
  readonly reading: ScoreReading;
  /** Tokens before a scored one, h. */
  readonly contextWidth: number;
  /**
   * Tests one document.
   *
   * @throws as `Scorer.score` does.
   */
  run(tokenIds: Uint32Array, dedup: Dedup, traced: boolean, weights: TokenWeights | undefined): KeyScore;
  close(): void;
}

/**
 * Opens the test of a key.
 *
 * @param permutations random keys that a key is ranked among, where its mark is tested so.
 */
export function openKeyTest(key: DetectionKey, permutations: number): KeyTest {
  if (isForeign(key) && key.profile.kind === 'permutation') return openPermutationTest(key, permutations);
  const scorer = new Scorer(key);
  const { reading, contextWidth } = scorer;
  const kind = schemeKindOf(key);
  return {
    reading,
    contextWidth,
    run(tokenIds, dedup, traced, weights) {
      const found = scoreDocument(scorer, tokenIds, dedup, traced, weights);
      const { scored, sum } = found.score;
      return {
        ...found,
        statistic: statisticOf(kind, reading, scored, sum),
        log10EValue: scorer.log10EValue(),
      };
    },
    close: () => scorer.close(),
  };
}
