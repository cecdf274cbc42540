/**
 * The windows of a search: lengths in a geometric series, starts an eighth of a length apart.
 *
 * m ≥ 17 neighbouring tuples contain a window of more than 0.62 m: one of length L if m ≥ L + L/8, and the next length is
 * √2 L. There are fewer than 2 n windows over n tuples, as Σ 1/step over all lengths is below 2.
 */

/** Fewer tuples than this are no window: what they could show seldom outweighs the correction. */
export const SHORTEST_WINDOW = 16;

const LENGTH_RATIO = Math.SQRT2;
const STARTS_PER_LENGTH = 8;

/** All windows of one length. */
export interface WindowScale {
  /** Tuples in a window. */
  readonly length: number;
  /** Tuples from one start to the next. */
  readonly step: number;
  /** How many windows. */
  readonly count: number;
  /** Number of the scale's first window, in the order of scales and starts. */
  readonly firstWindow: number;
  /** log10 of what a window's p-value is multiplied with. */
  readonly log10Factor: number;
}

/**
 * Lists the windows over the scored tuples of a document; they depend on nothing but their number.
 *
 * The family is the whole document, with half of the level, and the windows, with the other half: an equal share for each
 * length, and within it for each window. A window's p-value is thus multiplied with 2 · scales · count, and those factors
 * make Bonferroni's inequality hold with weights: Σ 1/factor = ½.
 *
 * @param scored number of scored tuples n, integer ≥ 0.
 * @returns shortest windows first; none for n < 16.
 */
export function windowScales(scored: number): WindowScale[] {
  const lengths: number[] = [];
  for (let i = 0; ; i++) {
    const length = Math.round(SHORTEST_WINDOW * LENGTH_RATIO ** i);
    if (length > scored) break;
    lengths.push(length);
  }
  let firstWindow = 0;
  return lengths.map((length) => {
    const step = Math.floor(length / STARTS_PER_LENGTH);
    const count = Math.floor((scored - length) / step) + 1;
    const log10Factor = Math.log10(2 * lengths.length * count);
    const scale = { length, step, count, firstWindow, log10Factor };
    firstWindow += count;
    return scale;
  });
}
