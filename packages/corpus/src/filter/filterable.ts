import type { FileLayout } from '../documents/layout.ts';

/** Says why some records of a file cannot be left out while others stay, and what to do; undefined if they can. */
export function whyUncut({ format, compression, encoding }: FileLayout): string | undefined {
  if (encoding !== undefined) return `is ${encoding.toUpperCase()}: write it as UTF-8 first, and scan that`;
  switch (format) {
    case 'jsonl':
    case 'json':
    case 'txt':
    case 'csv':
    case 'tsv':
      break;
    case 'tar':
    case 'zip':
      return `is an archive (${format}): unpack it, and scan the folder`;
    case 'parquet':
      return compression === 'none' ? undefined : 'is compressed as a whole: decompress it, and scan that';
    case 'arrow':
    case 'bin':
    case 'npy':
    case 'mds':
    case 'warc':
      return `is a ${format} file, of which no part can be left out here: leave records out by their number, which is "record" in documents.parquet`;
  }
  if (compression === 'bzip2' || compression === 'xz')
    return `is compressed by ${compression}, which is read and not written here: decompress it, and scan that`;
  return undefined;
}
