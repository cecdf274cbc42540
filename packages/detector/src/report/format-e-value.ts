/**
 * Formats an e-value from its log10, as `10^12.34`.
 *
 * An e-value is evidence where it is large, so it is rounded down: the text never claims more than the number.
 *
 * @param log10EValue any number; -Infinity, which stands for an e-value of 0, gives `0`.
 */
export function formatEValue(log10EValue: number): string {
  if (log10EValue === -Infinity) return '0';
  if (log10EValue === Infinity) return '∞';
  return `10^${(Math.floor(log10EValue * 100) / 100).toFixed(2)}`;
}
