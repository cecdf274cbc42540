/**
 * Tests a mark whose layers have keys of their own by what other keys of each layer would have scored on the very same tuples:
 * docs/statistics.md section 18.6.
 */
import { type LayeredKeys, type MarkKey, openDecoyBytes } from '@countermark/watermark/scheme';
import { scoredWords } from '../score/scored-words.ts';
import { Scorer } from '../score/scorer.ts';
import { rowsStatistic, rowsTailLog10 } from '../stats/rows-statistic.ts';
import { type ComparedDocument, comparedDocument, comparedScore } from './compared-document.ts';
import { groundsOf } from './grounds.ts';
import type { KeyTest, StretchTail } from './key-test.ts';

/** Keys that each layer's own is compared with: with it sixteen, as accounts have symbols. */
const OTHER_KEYS = 15;

/**
 * Opens the test.
 *
 * H₀: the document was made without access to the key. Each layer's key is then as likely as any of the others drawn for that layer,
 * independently of the other layers: given the document and all keys drawn, the sum of the layers' scores is a sum of one uniform entry from each
 * row of a table, whose tail is exact. Which tuples are scored does not depend on the layers' keys.
 */
export function openLayersTest(key: MarkKey): KeyTest {
  const mark = key.openScoring();
  const { layers } = mark;
  if (layers === undefined) throw new TypeError(`"key" expected layers with keys, got ${key.markName}`);
  const scorer = new Scorer(key, mark);
  const { wordScore, contextWidth } = scorer;
  const grounds = groundsOf(key);
  return {
    wordScore,
    contextWidth,
    grounds,
    run(tokenIds, dedup, traced) {
      const document = comparedDocument(scorer, tokenIds, dedup);
      const seed = key.decoySeed(tokenIds);
      const words = wordsUnderKeys(layers, tokenIds, document, seed);
      const tailOf = stretchTail(layers, words);
      const log10PValue = Math.max(grounds.log10Floor, tailOf(0, document.score.scored));
      return {
        ...comparedScore(key, scorer, document, traced, log10PValue),
        log10LeastPValue: Math.max(grounds.log10Floor, -layers.weights.length * Math.log10(words.length)),
        tailOf,
        layerKeys: { count: words.length - 1, seed },
      };
    },
    close: () => scorer.close(),
  };
}

// The scored tuples' words under the key, then under each of the other keys: [columns][n].
function wordsUnderKeys(
  layers: LayeredKeys,
  tokenIds: Uint32Array,
  { trace, positions, symbols }: ComparedDocument,
  seed: string,
): readonly Uint32Array[] {
  const others = layers.redraw(OTHER_KEYS, openDecoyBytes(seed));
  const words = others.map((source) => {
    const out = new Uint32Array(positions.length);
    source.sequenceWords(tokenIds, positions, symbols, out);
    source.close();
    return out;
  });
  return [scoredWords(trace), ...words];
}

function stretchTail({ weights }: LayeredKeys, words: readonly Uint32Array[]): StretchTail {
  const columns = words.length;
  return (start, end) => {
    const sums = new Float64Array(weights.length * columns);
    for (const [column, ofKey] of words.entries()) {
      for (let i = start; i < end; i++) {
        const word = ofKey[i]!;
        for (let layer = 0; layer < weights.length; layer++) {
          sums[layer * columns + column]! += ((word >>> layer) & 1) * weights[layer]!;
        }
      }
    }
    const statistic = rowsStatistic(sums, columns);
    let sum = 0;
    for (let layer = 0; layer < weights.length; layer++) sum += statistic.quanta[layer * columns]!;
    return rowsTailLog10(statistic, sum);
  };
}
