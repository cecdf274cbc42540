import type { MarkKey, WordScore } from '@countermark/watermark/scheme';
import { eValueOfPValue } from '../evidence/calibrate-p-value.ts';
import { checkTokenIds } from '../read/token-ids.ts';
import { groundsOf } from './grounds.ts';
import type { KeyTest } from './key-test.ts';

// No token has a score of its own.
const NOTHING: WordScore = {
  nullLaw: { kind: 'gamma', scale: 1 },
  nullMean: 1,
  nullDeviation: 1,
  score: () => 0,
  sumScores: () => 0,
};

/**
 * Opens the test of a key that is ranked among random keys by a statistic of the whole document.
 *
 * p = (1 + #{random keys at least as strong}) / (R + 1), exact whatever the text: docs/statistics.md section 18.
 */
export function openPermutationTest(
  key: MarkKey,
  test: NonNullable<MarkKey['permutationTest']>,
  permutations: number,
): KeyTest {
  const { vocabSize } = key;
  const grounds = groundsOf(key);
  let closed = false;
  return {
    wordScore: NOTHING,
    contextWidth: 0,
    grounds,
    run(tokenIds, _dedup, traced) {
      if (closed) throw new TypeError('"detector" expected an open detector, got a closed one');
      checkTokenIds(tokenIds, vocabSize);
      const { length } = tokenIds;
      const seed = key.decoySeed(tokenIds);
      const { statistic, nullMean, nullDeviation, atLeastAsStrong, scored } = test(
        tokenIds,
        permutations,
        seed,
      );
      const log10RankPValue = scored === 0 ? 0 : Math.log10((1 + atLeastAsStrong) / (permutations + 1));
      const log10PValue = Math.max(grounds.log10Floor, log10RankPValue);
      return {
        score: {
          total: length,
          scored,
          duplicates: 0,
          otherSlots: 0,
          withoutContext: length - scored,
          unkeyed: 0,
          sum: statistic,
        },
        log10PValue,
        trace: traced ? { statuses: new Uint8Array(length), words: new Uint32Array(length) } : undefined,
        weighted: undefined,
        statistic: {
          scheme: key.scoreFamily,
          sum: statistic,
          mean: statistic,
          nullMean,
          // Lower is stronger.
          zScore: nullDeviation > 0 ? (nullMean - statistic) / nullDeviation : 0,
        },
        log10EValue: scored === 0 ? 0 : eValueOfPValue(log10PValue),
        log10LeastPValue: Math.max(grounds.log10Floor, -Math.log10(permutations + 1)),
        rank: {
          drawn: permutations,
          planned: permutations,
          atLeastAsStrong,
          log10RankPValue,
          seed,
        },
      };
    },
    close() {
      closed = true;
    },
  };
}
