import { Detector } from '@countermark/detector';
import { NgramModel } from '@countermark/detector/weights';
import { seededRandom } from '@countermark/watermark';
import { benchKey, textLikeIds } from '../fixtures.ts';
import { measure, timesAsLong } from '../measure.ts';
import { atLeast, atMost, type Row } from '../row.ts';

const VOCABULARY = 4096;
const DOCUMENT = 500;
const DOCUMENTS = 20;
const COUNTED = 200_000;

/** Detection by weights, and the proxy that needs no model. */
export function weightRows(): Row[] {
  const detector = new Detector([benchKey(VOCABULARY)]);
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => {
    const random = seededRandom(i);
    // As at temperature 0.5: half of the tokens are nearly certain.
    const values = Float64Array.from({ length: DOCUMENT }, () =>
      random() < 0.5 ? 1 - 0.2 * random() : 10 ** (-2 * random()),
    );
    return { ids: textLikeIds(DOCUMENT, VOCABULARY, i), probabilities: { values } };
  });
  const text = textLikeIds(COUNTED, VOCABULARY, 99);
  const model = new NgramModel(VOCABULARY, 3);
  model.count(text);
  const { weighted, plain, read, count } = measure({
    weighted: () => {
      for (const { ids, probabilities } of documents) detector.detect(ids, probabilities);
      return DOCUMENTS;
    },
    plain: () => {
      for (const { ids } of documents) detector.detect(ids);
      return DOCUMENTS;
    },
    read: () => model.probabilities(text).length,
    count: () => {
      new NgramModel(VOCABULARY, 3).count(text);
      return COUNTED;
    },
  });
  detector.close();
  return [
    atMost(
      'weighted detection of 500 token ids',
      weighted.seconds * 1000,
      'ms',
      5,
      'detection without weights',
      1 / timesAsLong(weighted, plain),
    ),
    atLeast(
      'probabilities of tokens by counted n-grams',
      read.perSecond / 1e6,
      'million tokens/s',
      0.5,
      'counting them',
      timesAsLong(count, read),
    ),
  ];
}
