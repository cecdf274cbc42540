/**
 * Formats a p-value from its log10: `0.43`, `0.0021`, `3.1e-7`, `1e-4213`.
 *
 * The mantissa is rounded up, so that the text never claims more than the number.
 */
export function formatPValue(log10PValue: number): string {
  if (log10PValue > -3) return String(Math.min(1, Math.ceil(10 ** log10PValue * 1e4) / 1e4));
  let exponent = Math.floor(log10PValue);
  let mantissa = Math.ceil(10 ** (log10PValue - exponent) * 10 - 1e-9) / 10;
  if (mantissa >= 10) {
    mantissa /= 10;
    exponent++;
  }
  return `${mantissa}e${exponent}`;
}
