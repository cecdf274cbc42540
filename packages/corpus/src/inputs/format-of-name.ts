import type { Compression, FileFormat } from '../documents/layout.ts';

/** Formats by the ends of names. */
const FORMATS_BY_EXTENSION: ReadonlyMap<string, FileFormat> = new Map([
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'json'],
  ['txt', 'txt'],
  ['text', 'txt'],
  ['csv', 'csv'],
  ['tsv', 'tsv'],
  ['parquet', 'parquet'],
  ['arrow', 'arrow'],
  ['feather', 'arrow'],
  ['ipc', 'arrow'],
  ['bin', 'bin'],
  ['npy', 'npy'],
  ['mds', 'mds'],
  ['warc', 'warc'],
  ['wet', 'warc'],
  ['tar', 'tar'],
  ['tgz', 'tar'],
  ['zip', 'zip'],
]);

const COMPRESSIONS_BY_EXTENSION: ReadonlyMap<string, Compression> = new Map([
  ['gz', 'gzip'],
  ['zst', 'zstd'],
  ['zstd', 'zstd'],
  ['bz2', 'bzip2'],
  ['xz', 'xz'],
]);

/** What a name says. */
export interface NamedFormat {
  /** Undefined if its extension is not known. */
  readonly format: FileFormat | undefined;
  readonly compression: Compression;
}

/**
 * The format and compression that a file's name says it has.
 *
 * @param location a path or an http(s) address, whose query does not count.
 */
export function formatOfName(location: string): NamedFormat {
  const path = URL.canParse(location) ? new URL(location).pathname : location;
  const extensions = (path.split(/[/\\]/).at(-1) ?? '').toLowerCase().split('.').slice(1);
  const compression = COMPRESSIONS_BY_EXTENSION.get(extensions.at(-1) ?? '') ?? 'none';
  const extension = extensions.at(compression === 'none' ? -1 : -2) ?? '';
  return { format: FORMATS_BY_EXTENSION.get(extension), compression };
}
