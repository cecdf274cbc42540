import { type DetectionKey, isForeign, schemeKindOf } from '../detection-key.ts';
import { eValueOfPValue } from '../evidence/calibrate-p-value.ts';
import { nullTailLog10 } from '../null-tail.ts';
import { prefixSums } from '../regions/prefix-sums.ts';
import { scoreDocument } from '../score-document.ts';
import { Scorer, type ScoreTrace } from '../scorer.ts';
import { statisticOf } from '../statistic.ts';
import { groundsOf } from './grounds.ts';
import type { KeyTest, StretchTail } from './key-test.ts';
import { scoredWords } from './scored-words.ts';

/**
 * Opens the test of a key whose sums are compared with their null law.
 *
 * A foreign key's p-value is never below what the key supports.
 */
export function openLawTest(key: DetectionKey): KeyTest {
  const scorer = new Scorer(key);
  const { reading, contextWidth } = scorer;
  const kind = schemeKindOf(key);
  const grounds = groundsOf(key);
  const log10Floor = isForeign(key) ? grounds.log10Floor : -Infinity;

  function stretches(trace: ScoreTrace): StretchTail {
    const sums = prefixSums(Float64Array.from(scoredWords(trace), (word) => reading.score(word)));
    return (start, end) => nullTailLog10(reading.nullLaw, end - start, sums[end]! - sums[start]!);
  }

  return {
    reading,
    contextWidth,
    grounds,
    run(tokenIds, dedup, traced, weights) {
      const found = scoreDocument(scorer, tokenIds, dedup, traced, weights);
      const { scored, sum } = found.score;
      const log10PValue = Math.max(log10Floor, found.log10PValue);
      return {
        ...found,
        log10PValue,
        statistic: statisticOf(kind, reading, scored, sum),
        log10EValue: scorer.log10EValue() ?? (scored === 0 ? 0 : eValueOfPValue(log10PValue)),
        log10LeastPValue: grounds.log10Floor,
        tailOf: found.trace === undefined ? undefined : stretches(found.trace),
      };
    },
    close: () => scorer.close(),
  };
}
