/**
 * The likeliest division of a document into marked and unmarked stretches.
 * Source: Viterbi's algorithm on two states; the price of a change point among n places is that of Yao, "Estimating the
 * number of change-points via Schwarz' criterion", Statistics & Probability Letters 6 (1988).
 */
import type { NullLaw } from '@countermark/watermark/scheme';
import { lawOf } from '../law/law-of.ts';
import type { TiltedScore } from '../law/sum-law.ts';
import type { TupleRange } from './tuple-range.ts';

/** Mean scores of marked tuples that are tried, in standard deviations above the null's. */
const SHIFTS = [0.125, 0.25, 0.5, 1, 2, 3];

/** A division and its log-likelihood ratio to "nothing is marked", less the price of its borders, in nats. */
interface Division {
  readonly segments: readonly TupleRange[];
  readonly gain: number;
}

/**
 * Finds the stretches that are likely marked. They are estimates; no p-value rests on them.
 *
 * Marked tuples have the null law tilted to a larger mean, one for the document; each border costs ln n: it may lie before any of n tuples.
 * Before a tuple that repeats come before it has one place more for each of these, in which nothing is scored, so that a long passage that is
 * there twice belongs to neither side for the sake of one tuple beyond it. Of several means the likeliest is taken, and then once more the
 * mean of what it found to be marked. Takes O(n) steps.
 *
 * @param scores  Float64Array `[n]`, integer scores of the scored tuples. Not retained.
 * @param law     the law of their sums under the null.
 * @param repeats Uint32Array `[n]`: repeated tuples before each one; by default none. Not retained.
 * @returns disjoint stretches in the order of the document.
 */
export function likelySegments(
  scores: Float64Array,
  law: NullLaw,
  repeats: Uint32Array = new Uint32Array(scores.length),
): readonly TupleRange[] {
  const { mean, deviation, tilted } = lawOf(law);
  const prices = borderPrices(repeats);
  let best: Division = { segments: [], gain: 0 };
  for (const shift of SHIFTS) {
    const division = divide(scores, prices, tilted(mean + shift * deviation));
    if (division.gain > best.gain) best = division;
  }
  const marked = meanWithin(scores, best.segments);
  return marked > mean ? divide(scores, prices, tilted(marked)).segments : best.segments;
}

// 0 where there is no segment.
function meanWithin(scores: Float64Array, segments: readonly TupleRange[]): number {
  let sum = 0;
  let count = 0;
  for (const { start, end } of segments) {
    for (let i = start; i < end; i++) sum += scores[i]!;
    count += end - start;
  }
  return count === 0 ? 0 : sum / count;
}

// Nats, for a border before each tuple: -ln of the share of all places that are before it.
function borderPrices(repeats: Uint32Array): Float64Array {
  const places = repeats.reduce((sum, count) => sum + count, repeats.length);
  return Float64Array.from(repeats, (count) => Math.log(places / (1 + count)));
}

const ENTERED = 1;
const LEFT = 2;

function divide(scores: Float64Array, prices: Float64Array, { breakEven, slope }: TiltedScore): Division {
  // Whether the best way to be marked, or unmarked, at a tuple crosses a border before it.
  const crossings = new Uint8Array(scores.length);
  let unmarked = 0;
  let marked = 0;
  for (let i = 0; i < scores.length; i++) {
    const price = prices[i]!;
    const entered = unmarked - price > marked;
    const left = marked - price > unmarked;
    crossings[i] = (entered ? ENTERED : 0) | (left ? LEFT : 0);
    const own = slope * (scores[i]! - breakEven);
    [unmarked, marked] = [left ? marked - price : unmarked, (entered ? unmarked - price : marked) + own];
  }
  const segments: TupleRange[] = [];
  let end = marked > unmarked ? scores.length : -1;
  for (let i = scores.length - 1; i >= 0; i--) {
    const inside = end >= 0;
    if (inside && (crossings[i]! & ENTERED) !== 0) {
      segments.push({ start: i, end });
      end = -1;
    } else if (!inside && (crossings[i]! & LEFT) !== 0) end = i;
  }
  if (end > 0) segments.push({ start: 0, end });
  return { segments: segments.reverse(), gain: Math.max(marked, unmarked) };
}
