/**
 * Returns round numbers from 0 to `maximum`: multiples of 1, 2 or 5 times a power of ten.
 *
 * @param maximum ≥ 0.
 * @param most    at most so many beside 0, integer ≥ 1.
 * @returns ascending integers, the first 0.
 */
export function axisTicks(maximum: number, most: number): number[] {
  let step = 1;
  for (let power = 1; Math.floor(maximum / step) > most; power *= 10) {
    step =
      [1, 2, 5, 10].map((digit) => digit * power).find((size) => maximum / size < most + 1) ?? 10 * power;
  }
  return Array.from({ length: Math.floor(maximum / step) + 1 }, (_, i) => i * step);
}
