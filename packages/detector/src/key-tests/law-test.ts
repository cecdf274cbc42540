import type { MarkKey } from '@countermark/watermark/scheme';
import { eValueOfPValue } from '../evidence/calibrate-p-value.ts';
import { scoreDocument } from '../score/score-document.ts';
import { Scorer } from '../score/scorer.ts';
import { statisticOf } from '../score/statistic.ts';
import { groundsOf } from './grounds.ts';
import type { KeyTest } from './key-test.ts';

/**
 * Opens the test of a key whose sums are compared with their null law.
 *
 * The p-value of a key whose hash is not known to be sound is never below what the key supports.
 */
export function openLawTest(key: MarkKey): KeyTest {
  const scorer = new Scorer(key);
  const { wordScore, contextWidth } = scorer;
  const grounds = groundsOf(key);
  const log10Floor = key.hasSoundHash ? -Infinity : grounds.log10Floor;

  return {
    wordScore,
    contextWidth,
    grounds,
    run(tokenIds, dedup, traced, weights) {
      const found = scoreDocument(scorer, tokenIds, dedup, traced, weights);
      const { scored, sum } = found.score;
      const log10PValue = Math.max(log10Floor, found.log10PValue);
      return {
        ...found,
        log10PValue,
        statistic: statisticOf(key.scoreFamily, wordScore, scored, sum),
        log10EValue: scorer.log10EValue() ?? (scored === 0 ? 0 : eValueOfPValue(log10PValue)),
        log10LeastPValue: grounds.log10Floor,
      };
    },
    close: () => scorer.close(),
  };
}
