/** Tests a mark whose hash has no null law by the rank of its key among random ones: docs/statistics.md section 18.6. */
import type { InteropKey } from '@countermark/watermark/interop';
import { openDecoyBytes } from '@countermark/watermark/scheme';
import { eValueOfPValue } from '../evidence/calibrate-p-value.ts';
import { Scorer } from '../scorer.ts';
import { statisticOf } from '../statistic.ts';
import { groundsOf } from './grounds.ts';
import { rankKey } from './key-rank.ts';
import type { KeyTest } from './key-test.ts';
import { scoredPositions } from './scored-words.ts';

/**
 * Opens the test of a key by the rank of its sum. Which tuples are scored must not depend on the key.
 *
 * @param permutations random keys R that it is ranked among.
 */
export function openRankTest(key: InteropKey, permutations: number): KeyTest {
  const scorer = new Scorer(key);
  const { reading, contextWidth } = scorer;
  const grounds = groundsOf(key);
  return {
    reading,
    contextWidth,
    grounds,
    run(tokenIds, dedup, traced) {
      const { length } = tokenIds;
      const trace = { statuses: new Uint8Array(length), words: new Uint32Array(length) };
      const score = scorer.score(tokenIds, dedup, trace);
      const positions = scoredPositions(trace);
      const symbols = new Uint8Array(positions.length);
      const words = new Uint32Array(positions.length);
      const seed = key.decoySeed(tokenIds);
      const bytes = openDecoyBytes(seed);
      const isAsStrong = (): boolean => {
        const { source } = key.openRedrawn(bytes);
        source.sequenceWords(tokenIds, positions, symbols, words);
        source.close();
        return reading.sumScores(words, words.length) >= score.sum;
      };
      const rank = score.scored === 0 ? undefined : rankKey(isAsStrong, permutations);
      const log10PValue = rank === undefined ? 0 : Math.max(grounds.log10Floor, rank.log10RankPValue);
      return {
        score,
        log10PValue,
        trace: traced ? trace : undefined,
        weighted: undefined,
        statistic: statisticOf(key.profile.scheme, reading, score.scored, score.sum),
        log10EValue: score.scored === 0 ? 0 : eValueOfPValue(log10PValue),
        log10LeastPValue: Math.max(grounds.log10Floor, -Math.log10(permutations + 1)),
        rank: rank && { ...rank, seed },
      };
    },
    close: () => scorer.close(),
  };
}
