/** Numbers as people read them. */

/** Formats a count with separators: `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 });
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
