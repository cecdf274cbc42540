/** The exact law beside that of independent bits, on a text whose places in the table lie at equal distances. */

import { openShiftedLaw } from '@countermark/detector/internal';
import { weightedBitsTailLog10 } from '@countermark/detector/stats';
import { mostByChance } from '@countermark/fixtures/calibration';
import { seededRandom } from '@countermark/watermark';
import { SYNTHID_HF } from '@countermark/watermark/interop';
import { expect, it } from 'vitest';
import { textWords } from './case.ts';

const SIZE = 2 ** 16;
const WIDTH = 1;
const KEYS = 400;
const LEVELS = [0.05, 0.01, 0.001];
const COUNTING = Uint32Array.from({ length: 5000 }, (_, i) => (719 * i) % SIZE);

function openUnder(random: () => number) {
  const keys = Array.from({ length: 30 }, () =>
    String(BigInt(Math.floor(2 ** 31 * random())) * 2n ** 32n + BigInt(Math.floor(2 ** 32 * random()))),
  );
  return SYNTHID_HF.open(SYNTHID_HF.config.parse({ keys, ngram_len: WIDTH + 1 }), SIZE);
}

it('holds its levels on numbers that count up, where independent bits do not', () => {
  const random = seededRandom('counting up under random keys');
  const positions = Uint32Array.from({ length: COUNTING.length - WIDTH }, (_, i) => i + WIDTH);
  const exact: number[] = [];
  const quick: number[] = [];
  for (let i = 0; i < KEYS; i++) {
    const mark = openUnder(random);
    const { weights, shifted } = mark.layers!;
    const places = new Uint32Array(positions.length);
    shifted!.places(COUNTING, positions, places);
    const counts = new Float64Array(SIZE);
    const kept = new Set<number>();
    for (const [at, place] of places.entries()) {
      if (counts[place] === 0) kept.add(at);
      counts[place] = 1;
    }
    const words = textWords(mark, COUNTING);
    const ones = weights.map((_, layer) => {
      let sum = 0;
      for (const at of kept) sum += (words[at]! >>> layer) & 1;
      return sum;
    });
    exact.push(openShiftedLaw(shifted!, weights).tailLog10(counts, ones));
    const score = ones.reduce((sum, count, layer) => sum + count * weights[layer]!, 0);
    const share = shifted!.table.reduce((sum, bit) => sum + bit, 0);
    quick.push(weightedBitsTailLog10(weights, kept.size, score, { ones: share, of: SIZE }));
    mark.source.close();
  }
  const countsAt = (found: readonly number[]): number[] =>
    LEVELS.map((level) => found.filter((each) => each <= Math.log10(level)).length);
  const most = LEVELS.map((level) => mostByChance(KEYS, level));
  expect(countsAt(exact).every((count, i) => count <= most[i]!)).toBe(true);
  // Of the shares 0.14, 0.07 and 0.025 that it has in fact, chance may hide one.
  expect(countsAt(quick).some((count, i) => count > most[i]!)).toBe(true);
});
