/** The lattice that weights lie on: a fixed one, so that the law of a weighted sum depends on how many weights fall on each level. */

/** Weights are multiples of one part in so many. */
export const WEIGHT_PARTS = 256;

/** Half an octave from one level to the next: rounding costs less than a hundredth of the power. */
const MAGNITUDES: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

/** Every level in rising order, in {@link WEIGHT_PARTS}ths; 0 is none, since it counts nothing. */
export const WEIGHT_LEVELS: readonly number[] = [
  ...MAGNITUDES.map((magnitude) => -magnitude).toReversed(),
  ...MAGNITUDES,
];

// A magnitude is rounded to the nearest level on a logarithmic scale; what is below the first bound counts nothing.
const BOUNDS: readonly number[] = MAGNITUDES.map((magnitude, i) =>
  Math.sqrt((MAGNITUDES[i - 1] ?? magnitude / 2) * magnitude),
);

/**
 * Returns the place of a weight in {@link WEIGHT_LEVELS}, or -1 for one that is too small to count: below 0.0028.
 *
 * @param weight −1 ≤ weight ≤ 1.
 * @throws {RangeError} if it is not.
 */
export function levelOf(weight: number): number {
  const magnitude = Math.abs(weight) * WEIGHT_PARTS;
  if (!(magnitude <= WEIGHT_PARTS))
    throw new RangeError(`"weight" expected a number from -1 to 1, got ${weight}`);
  if (magnitude < BOUNDS[0]!) return -1;
  let place = 0;
  while (place + 1 < BOUNDS.length && magnitude >= BOUNDS[place + 1]!) place++;
  return weight < 0 ? MAGNITUDES.length - 1 - place : MAGNITUDES.length + place;
}
