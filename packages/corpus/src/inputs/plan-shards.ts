import type { FileLayout, ShardRange, ShardSource } from '../documents/layout.ts';
import type { FileDigests } from '../readers/bytes/file-digests.ts';
import { isUrl, openSource } from '../readers/bytes/open-source.ts';
import { askHttp } from '../readers/bytes/remote/http-source.ts';
import { beginRead } from '../readers/read-options.ts';
import { askSeveral } from './ask-several.ts';
import { GROUP_ABOVE, groupFiles } from './group-files.ts';

/** A file and how it is read. */
export interface PlannedFile {
  /** A path, or an http(s) address. */
  readonly location: string;
  readonly reading: FileLayout;
  /** What tells it from others, if it was read whole to find out how it is read: it need not be read again for it. */
  readonly digests?: FileDigests;
}

/** A part of the work. */
export interface PlannedShard extends ShardSource {
  /** Bytes that it reads, of a Parquet file in the columns that are needed; absent if a server does not say. */
  readonly bytes?: number;
  /** Of a shard of several whole files, which follow each other: each of them. The shard's own location and layout are the first's. */
  readonly files?: readonly PlannedShard[];
}

/** How large shards are to be. */
export interface ShardOptions {
  /** Bytes of a file as it lies there. 64 MiB. */
  readonly shardBytes?: number;
  /** Where there were more shards than this, small files that follow each other share shards. 256. */
  readonly groupAbove?: number;
  /** Bytes of files of this machine that are known already, by location: others are opened for it. */
  readonly sizes?: ReadonlyMap<string, number>;
  readonly signal?: AbortSignal;
}

/**
 * Cuts files into shards: JSON lines, texts by lines and raw ids into ranges of bytes, Parquet files into row groups, others not. Of many
 * small files, several share a shard: see {@link groupFiles}.
 *
 * The same files give the same shards.
 *
 * @returns the shards in the order of the files.
 * @throws {CorpusError} if a file cannot be opened, or is no Parquet file though it should be.
 * @throws {RangeError} if `shardBytes` or `groupAbove` is no positive integer.
 */
export async function planShards(
  files: readonly PlannedFile[],
  options: ShardOptions = {},
): Promise<PlannedShard[]> {
  const { shardBytes = 64 * 2 ** 20, groupAbove = GROUP_ABOVE, sizes, signal } = options;
  checkPositive('shardBytes', shardBytes);
  checkPositive('groupAbove', groupAbove);
  const cut = (file: PlannedFile): Promise<PlannedShard[]> => {
    const isParquet = file.reading.format === 'parquet' && file.reading.compression === 'none';
    return isParquet
      ? cutRows(file, shardBytes, signal)
      : cutBytes(file, shardBytes, sizes?.get(file.location), signal);
  };
  const shards = await askSeveral(files, cut, signal === undefined ? {} : { signal });
  return groupFiles(shards.flat(), shardBytes, groupAbove);
}

function checkPositive(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`"${name}" expected a positive integer, got ${value}`);
}

async function cutBytes(
  file: PlannedFile,
  shardBytes: number,
  known?: number,
  signal?: AbortSignal,
): Promise<PlannedShard[]> {
  const { size, ranges } =
    known === undefined ? await sizeOf(file.location, signal) : { size: known, ranges: true };
  if (size === undefined) return [file];
  const count = ranges && hasRanges(file.reading) ? Math.max(1, Math.round(size / shardBytes)) : 1;
  if (count === 1) return [{ ...file, bytes: size }];
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor((size / count) * i);
    const end = i + 1 === count ? size : Math.floor((size / count) * (i + 1));
    return shardOf(file, { unit: 'bytes', start, end }, end - start);
  });
}

function hasRanges({ format, compression, encoding, indexed, textSplit }: FileLayout): boolean {
  const isCut = format === 'jsonl' || format === 'bin' || (format === 'txt' && textSplit === 'lines');
  return isCut && compression === 'none' && encoding === undefined && indexed !== true;
}

async function sizeOf(location: string, signal?: AbortSignal): Promise<{ size?: number; ranges: boolean }> {
  if (isUrl(location)) return askHttp(location, signal);
  const source = await openSource(location, beginRead({}));
  await source.close();
  return { ...(source.size === undefined ? {} : { size: source.size }), ranges: true };
}

async function cutRows(file: PlannedFile, shardBytes: number, signal?: AbortSignal): Promise<PlannedShard[]> {
  // Loaded once it is needed, as readers are.
  const { neededColumns, openParquet } = await import('../readers/parquet-file.ts');
  const source = await openSource(file.location, beginRead(signal === undefined ? {} : { signal }));
  try {
    const { metadata, columns } = await openParquet(file.location, source, file.reading);
    const needed = neededColumns(file.reading, columns) ?? [];
    const sizes = metadata.row_groups.map((group) =>
      group.columns
        .filter(({ meta_data }) => needed.includes(meta_data?.path_in_schema[0] ?? ''))
        .reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0), 0),
    );
    return groupRows(file, sizes, shardBytes);
  } finally {
    await source.close();
  }
}

/** Puts row groups together as long as they fit. */
function groupRows(file: PlannedFile, sizes: readonly number[], shardBytes: number): PlannedShard[] {
  const shards: PlannedShard[] = [];
  let start = 0;
  let bytes = 0;
  for (const [index, size] of sizes.entries()) {
    if (index > start && bytes + size > shardBytes) {
      shards.push(shardOf(file, { unit: 'row-groups', start, end: index }, bytes));
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (shards.length === 0) return [{ ...file, bytes }];
  return [...shards, shardOf(file, { unit: 'row-groups', start, end: sizes.length }, bytes)];
}

function shardOf({ location, reading }: PlannedFile, range: ShardRange, bytes: number): PlannedShard {
  return { location, reading, range, bytes };
}
