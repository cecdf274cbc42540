/** Formats log10 of a p-value with two decimals, rounded up so that the text never claims more than the number. */
export function formatLog10(log10PValue: number): string {
  return (Math.ceil(log10PValue * 100) / 100).toFixed(2);
}
