/** Formats log10 of a p-value with three decimals, rounded up so that the text never claims more than the number. */
export function formatLog10(log10PValue: number): string {
  return log10PValue === -Infinity ? '−∞' : (Math.ceil(log10PValue * 1000) / 1000).toFixed(3);
}
