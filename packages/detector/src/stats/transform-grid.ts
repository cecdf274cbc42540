/** How a transform is bounded across an interval by its value at one point: |φ| moves by at most E|v - f| |θ - θ′|. */

/** Points of the circle at which a transform is looked up for a bound; a power of two. */
export const GRID: number = 2 ** 14;
/** From one point to the next. */
export const GRID_STEP: number = (2 * Math.PI) / GRID;
/** Added to every modulus in a bound: far above its rounding error, far below anything that matters. */
export const ROUNDING = 1e-12;
/** An interval across which the moduli may move by this much is not worth a look. */
export const FAR = 0.8;

let cosines: Float64Array | undefined;

/** Returns the cosines of the points of the circle, `[GRID]`; kept. */
export function gridCosines(): Float64Array {
  cosines ??= Float64Array.from({ length: GRID }, (_, i) => Math.cos(i * GRID_STEP));
  return cosines;
}
