/**
 * Tests a mark whose layers have keys of their own by what other keys of each layer would have scored on the very same tuples:
 * docs/statistics.md section 18.6.
 */
import {
  type LayeredKeys,
  type MarkKey,
  openDecoyBytes,
  type ShiftedLayers,
} from '@countermark/watermark/scheme';
import { openShiftedLaw } from '../law/shifted-layers.ts';
import { scoredWords } from '../score/scored-words.ts';
import { Scorer } from '../score/scorer.ts';
import { rowsStatistic, rowsTailLog10 } from '../stats/rows-statistic.ts';
import { type ComparedDocument, comparedDocument, comparedScore } from './compared-document.ts';
import { groundsOf } from './grounds.ts';
import type { KeyScore, KeyTest, StretchTail } from './key-test.ts';

/** Random keys that each layer's own is compared with, where that is not all of them: with it sixteen, as accounts have symbols. */
const OTHER_KEYS = 15;

/**
 * Opens the test.
 *
 * H₀: the document was made without access to the key. Each layer's key is then as likely as any other key of that layer, independently of the other
 * layers: given the document, the sum of the layers' scores is a sum of one entry from each row of a table, whose tail is exact. The columns
 * are all keys of a layer where these shift the places of a known table, and fifteen random ones otherwise. Which tuples are scored does
 * not depend on the layers' keys.
 */
export function openLayersTest(key: MarkKey): KeyTest {
  const mark = key.openScoring();
  const { layers } = mark;
  if (layers === undefined) throw new TypeError(`"key" expected layers with keys, got ${key.markName}`);
  const scorer = new Scorer(key, mark);
  const { wordScore, contextWidth } = scorer;
  const grounds = groundsOf(key);
  const compare =
    layers.shifted === undefined ? compareSome(key, layers) : compareAll(layers, layers.shifted);
  return {
    wordScore,
    contextWidth,
    grounds,
    run(tokenIds, dedup, traced) {
      const document = comparedDocument(scorer, tokenIds, dedup);
      const { tailOf, log10Least, ...compared } = compare(tokenIds, document);
      const log10PValue = Math.max(grounds.log10Floor, tailOf(0, document.score.scored));
      return {
        ...comparedScore(key, scorer, document, traced, log10PValue),
        log10LeastPValue: Math.max(grounds.log10Floor, log10Least),
        tailOf,
        ...compared,
      };
    },
    close: () => scorer.close(),
  };
}

/** What the layers' own keys are compared with on one document. */
interface Comparison extends Pick<KeyScore, 'layerKeys' | 'layerLaw'> {
  readonly tailOf: StretchTail;
  readonly log10Least: number;
}

type Compare = (tokenIds: Uint32Array, document: ComparedDocument) => Comparison;

function compareAll({ weights }: LayeredKeys, shifted: ShiftedLayers): Compare {
  const law = openShiftedLaw(shifted, weights);
  const { length: size } = shifted.table;
  return (tokenIds, { trace, positions }) => {
    const words = scoredWords(trace);
    const places = new Uint32Array(positions.length);
    shifted.places(tokenIds, positions, places);
    const counts = new Float64Array(size);
    const tailOf: StretchTail = (start, end) => {
      counts.fill(0);
      const ones = new Float64Array(weights.length);
      for (let i = start; i < end; i++) {
        counts[places[i]!]!++;
        for (let layer = 0; layer < ones.length; layer++) ones[layer]! += (words[i]! >>> layer) & 1;
      }
      return law.tailLog10(counts, ones);
    };
    return {
      tailOf,
      log10Least: law.log10Least,
      layerLaw: { shifts: law.shifts, layers: shifted.counted.length },
    };
  };
}

function compareSome(key: MarkKey, layers: LayeredKeys): Compare {
  return (tokenIds, document) => {
    const seed = key.decoySeed(tokenIds);
    const words = wordsUnderKeys(layers, tokenIds, document, seed);
    return {
      tailOf: stretchTail(layers, words),
      log10Least: -layers.weights.length * Math.log10(words.length),
      layerKeys: { count: words.length - 1, seed },
    };
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
