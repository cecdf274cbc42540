/** Order statistics of p-values for the step-down and step-up procedures. */

/**
 * Lists the positions of the values from the smallest to the largest.
 *
 * @param log10PValues  log10 p-values, `[tests]`, ≤ 0; -Infinity is allowed. Not retained.
 * @returns positions in the input, `[tests]`; ties keep their order.
 * @throws {RangeError} if a value is above 0 or NaN.
 */
export function ascendingOrder(log10PValues: readonly number[]): number[] {
  for (const [i, value] of log10PValues.entries()) {
    if (!(value <= 0)) throw new RangeError(`"log10PValues" expected values <= 0, got ${value} at ${i}`);
  }
  // A subtraction would give NaN for two values of -Infinity.
  return [...log10PValues.keys()].sort((a, b) => {
    const [x, y] = [log10PValues[a]!, log10PValues[b]!];
    return x < y ? -1 : Number(x > y);
  });
}
