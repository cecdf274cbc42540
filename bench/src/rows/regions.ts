import { Detector } from '@countermark/detector';
import { seededRandom, Watermarker, type WatermarkKey } from '@countermark/watermark';
import { benchKey, textLikeIds } from '../fixtures.ts';
import { measure } from '../measure.ts';
import { atMost, type Row } from '../row.ts';

const VOCABULARY = 2000;
const LARGE = 100_000;
const SMALL = 10_000;
// In stretches of this many tokens, one in ten is marked.
const STRETCH = 500;

/** What locating the marked parts adds to a detection, and how it grows with the document. */
export function regionRows(): Row[] {
  const key = benchKey(VOCABULARY);
  const plain = new Detector([key]);
  const locating = new Detector([key], { regions: true });
  const large = partlyMarked(key, LARGE);
  const small = partlyMarked(key, SMALL);
  const { detect, locate, locateSmall } = measure({
    detect: () => {
      plain.detect(large);
      return LARGE;
    },
    locate: () => {
      locating.detect(large);
      return LARGE;
    },
    locateSmall: () => {
      locating.detect(small);
      return SMALL;
    },
  });
  const found = locating.detect(large).regions?.length ?? 0;
  plain.close();
  locating.close();
  return [
    atMost(
      `regions of 100,000 tokens, ${found} found`,
      locate.seconds * LARGE * 1000,
      'ms',
      100,
      'detection without regions',
      detect.seconds / locate.seconds,
    ),
    // n log n is 1.25 times as much a token.
    atMost(
      'regions, a token of 100,000 against one of 10,000',
      locate.seconds / locateSmall.seconds,
      'times',
      2,
      'growth with n log n',
      Math.log(LARGE) / Math.log(SMALL) / (locate.seconds / locateSmall.seconds),
    ),
  ];
}

function partlyMarked(key: WatermarkKey, count: number): Uint32Array {
  const ids = textLikeIds(count, VOCABULARY, count);
  const watermarker = new Watermarker(key);
  const logits = new Float32Array(VOCABULARY);
  for (let start = 0; start < count; start += 10 * STRETCH) {
    const generation = watermarker.start({
      prompt: ids.subarray(start, start + 4),
      random: seededRandom(start),
    });
    for (let i = 4; i < STRETCH; i++) ids[start + i] = generation.next(logits);
  }
  watermarker.close();
  return ids;
}
