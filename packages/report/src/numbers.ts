/**
 * Numbers as a report writes them: what is shown never claims more than what was computed.
 *
 * Imports nothing: the server gives this file to browsers as it is.
 */

// docs/statistics.md section 1: below it a p-value says nothing more.
const OWN_LOG10_LEAST = -128 * Math.log10(2);

/**
 * Formats a p-value from its log10: `0.43`, `0.0021`, `3.1e-7`, `1e-4213`.
 *
 * The last digit is rounded up, so that the text never claims more than the number.
 *
 * @param log10PValue at most 0; -Infinity stands for p = 0.
 * @param log10Least  a smaller p-value is written as this one, by default the least that a key of ours supports: 2^-128.
 */
export function formatPValue(log10PValue: number, log10Least: number = OWN_LOG10_LEAST): string {
  if (log10PValue < log10Least) return formatPValue(log10Least, log10Least);
  if (log10PValue === -Infinity) return '0';
  if (log10PValue > -3) return String(Math.min(1, roundUp(10 ** log10PValue * 1e4) / 1e4));
  let exponent = Math.floor(log10PValue);
  let mantissa = roundUp(10 ** (log10PValue - exponent) * 10) / 10;
  if (mantissa >= 10) {
    mantissa /= 10;
    exponent++;
  }
  return `${mantissa}e${exponent}`;
}

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

/**
 * Formats a level as it was given: `0.001`, `1e-6`.
 *
 * @param alpha in (0, 1).
 */
export function formatLevel(alpha: number): string {
  return alpha < 1e-3 ? alpha.toExponential() : String(alpha);
}

/**
 * Formats log10 of a p-value, rounded up so that the text never claims more than the number.
 *
 * @param digits decimals.
 */
export function formatLog10(log10PValue: number, digits: number): string {
  const unit = 10 ** digits;
  return log10PValue === -Infinity ? '−∞' : (Math.ceil(log10PValue * unit) / unit).toFixed(digits);
}

/** Formats a count with separators: `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

// A token is three quarters of an English word or so.
const WORDS_A_TOKEN = 0.75;

/** Says how long a text of so many tokens is, in words of English, rounded up to tens: `150`. */
export function wordsOfTokens(tokens: number): string {
  return formatCount(10 * Math.ceil((WORDS_A_TOKEN * tokens) / 10));
}

/** Formats a count of something in words: `1 record`, `1,200 records`. */
export function countOf(count: number, singular: string, plural: string = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** Formats a share as a percentage with three significant digits: `12.3 %`, `0.00412 %`. */
export function formatShare(share: number): string {
  return `${(100 * share).toLocaleString('en-US', { maximumSignificantDigits: 3 })} %`;
}

/** Formats a number of bytes: `512 bytes`, `1.23 GB (1,234,567,890 bytes)`. */
export function formatBytes(bytes: number): string {
  const exact = countOf(bytes, 'byte');
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  const power = Math.min(units.length, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const unit = units[power - 1];
  if (unit === undefined) return exact;
  return `${(bytes / 1000 ** power).toLocaleString('en-US', { maximumSignificantDigits: 3 })} ${unit} (${exact})`;
}

// A billionth of the last digit is the rounding of the logarithm: 1e-6 must not become 1.1e-6.
function roundUp(value: number): number {
  return Math.ceil(value - 1e-9);
}
