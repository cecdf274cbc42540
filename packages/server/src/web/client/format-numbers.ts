const LOG10_LEAST = -128 * Math.log10(2);

/**
 * Formats a p-value from its log10: `0.43`, `0.0021`, `3.1e-7`. The last digit is rounded up, so that the text never claims more
 * than the number.
 *
 * @param log10PValue at most 0; null, which JSON has for -Infinity, stands for p below what a double can tell.
 * @param log10Least  a smaller p-value is written as this one, by default the least that a key of ours supports: 2^-128.
 */
export function formatPValue(log10PValue: number | null, log10Least: number = LOG10_LEAST): string {
  if (log10PValue === null || log10PValue < log10Least) return formatPValue(log10Least, log10Least);
  if (log10PValue > -3) return String(Math.min(1, roundUp(10 ** log10PValue * 1e4) / 1e4));
  let exponent = Math.floor(log10PValue);
  let mantissa = roundUp(10 ** (log10PValue - exponent) * 10) / 10;
  if (mantissa >= 10) {
    mantissa /= 10;
    exponent++;
  }
  return `${mantissa}e${exponent}`;
}

/** Formats a level as it was given: `0.001`, `1e-6`. */
export function formatLevel(alpha: number): string {
  return alpha < 1e-3 ? alpha.toExponential() : String(alpha);
}

/** Formats a count: `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

// A billionth of the last digit is the rounding of the logarithm.
function roundUp(value: number): number {
  return Math.ceil(value - 1e-9);
}
