/** Tests a mark whose hash has no null law by the rank of its key among random ones: docs/statistics.md section 18.6. */
import { type MarkKey, openDecoyBytes } from '@countermark/watermark/scheme';
import { Scorer } from '../score/scorer.ts';
import { comparedDocument, comparedScore } from './compared-document.ts';
import { groundsOf } from './grounds.ts';
import { rankKey } from './key-rank.ts';
import type { KeyTest } from './key-test.ts';

/**
 * Opens the test of a key by the rank of its sum. Which tuples are scored must not depend on the key.
 *
 * @param permutations random keys R that it is ranked among.
 */
export function openRankTest(key: MarkKey, permutations: number): KeyTest {
  const scorer = new Scorer(key);
  const { wordScore, contextWidth } = scorer;
  const grounds = groundsOf(key);
  return {
    wordScore,
    contextWidth,
    grounds,
    run(tokenIds, dedup, traced) {
      const document = comparedDocument(scorer, tokenIds, dedup);
      const { score, positions, symbols } = document;
      const words = new Uint32Array(positions.length);
      const seed = key.decoySeed(tokenIds);
      const bytes = openDecoyBytes(seed);
      const isAsStrong = (): boolean => {
        const { source } = key.openRedrawn(bytes);
        source.sequenceWords(tokenIds, positions, symbols, words);
        source.close();
        return wordScore.sumScores(words, words.length) >= score.sum;
      };
      const rank = score.scored === 0 ? undefined : rankKey(isAsStrong, permutations);
      const log10PValue = Math.max(grounds.log10Floor, rank?.log10RankPValue ?? 0);
      return {
        ...comparedScore(key, scorer, document, traced, log10PValue),
        log10LeastPValue: Math.max(grounds.log10Floor, -Math.log10(permutations + 1)),
        rank: rank && { ...rank, seed },
      };
    },
    close: () => scorer.close(),
  };
}
