/** The windows of docs/statistics.md section 5.4 and their p-values, one by one. */
import { nullTailLog10 } from '@countermark/detector';
import type { NullLaw } from '@countermark/watermark/scheme';

/** One window and its tail. */
export interface NaiveWindow {
  readonly start: number;
  readonly end: number;
  /** log10 of its own p-value. */
  readonly log10Tail: number;
  /** What its p-value is multiplied with. */
  readonly factor: number;
}

/** Lists all windows over the scores of a document. */
export function naiveWindows(scores: ArrayLike<number>, law: NullLaw): NaiveWindow[] {
  const lengths: number[] = [];
  for (let i = 0; Math.round(16 * 2 ** (i / 2)) <= scores.length; i++)
    lengths.push(Math.round(16 * 2 ** (i / 2)));
  return lengths.flatMap((length) => {
    const step = Math.floor(length / 8);
    const starts: number[] = [];
    for (let start = 0; start + length <= scores.length; start += step) starts.push(start);
    return starts.map((start) => {
      let sum = 0;
      for (let i = start; i < start + length; i++) sum += scores[i]!;
      const log10Tail = nullTailLog10(law, length, sum);
      return { start, end: start + length, log10Tail, factor: 2 * lengths.length * starts.length };
    });
  });
}
