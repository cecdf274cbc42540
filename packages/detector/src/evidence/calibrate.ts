export function calibratedLog10EValue(log10PValue: number): number {
  return log10PValue;
}
