import { parquetScan, type RowGroup } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { ShardSource } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { openLocal } from './bytes/local-source.ts';
import { shownLocation } from './bytes/shown-location.ts';
import {
  neededColumns,
  openParquet,
  PARSERS,
  type ParquetFile,
  readAsNumbers,
  unreadTexts,
} from './parquet-file.ts';
import { RawBatch, type RawRecords } from './raw-record.ts';
import { beginRead, type ReadState } from './read-options.ts';

/** About how many bytes of columns are in memory at a time, before decoding, where pages can be found on their own. */
const READ_BYTES = 16 * 2 ** 20;

/** Rows of the file that are read in one go. */
interface RowSpan {
  readonly start: number;
  readonly end: number;
  /** Bytes of the columns' values, roughly. */
  readonly bytes: number;
}

/**
 * Reads rows of a Parquet file: only the columns that are needed, a row group at a time, or a part of one where the file has
 * an index of its pages.
 *
 * What cannot be decoded is one failure with the number of its rows. Checksums are not verified.
 *
 * @param sampleRows where only a sample is wanted, with all columns: how many rows of the first row group.
 */
export async function* readParquet(
  shard: ShardSource,
  source: ByteSource,
  reading: ReadState,
  sampleRows?: number,
): RawRecords {
  const file = await openParquet(shard.location, source, shard.reading);
  const isSample = sampleRows !== undefined;
  const needed = isSample ? file.columns : neededColumns(shard.reading, file.columns);
  if (shard.reading.layout.kind === 'ids') readAsNumbers(file, shard.reading.layout.field);
  const batch = new RawBatch();
  for (const span of isSample ? sampleSpan(file, sampleRows) : rowSpans(shard, file, needed)) {
    const table = needed === undefined ? MISSING : await readColumns(file, needed, span);
    if (typeof table === 'string') {
      const code = needed === undefined ? 'field-missing' : 'damaged';
      batch.refuse({}, { code, message: table, rows: span.end - span.start });
      continue;
    }
    const rowBytes = span.bytes / (span.end - span.start);
    for (let row = 0; row < span.end - span.start; row++) {
      if (reading.skip.has(batch.record)) batch.record++;
      else batch.add({}, Object.fromEntries(table.map(([name, values]) => [name, values[row]])), rowBytes);
      if (batch.isFull) yield batch.take();
    }
  }
  if (!batch.isEmpty) yield batch.take();
  const range = shard.range ?? { start: 0, end: file.metadata.row_groups.length };
  return { records: batch.record, unread: isSample ? [] : unreadTexts(file, needed ?? [], range) };
}

const MISSING = "the file lacks a column of the document's";

/** A name and the values of a column, a row each. */
type Column = readonly [name: string, values: ArrayLike<unknown>];

/** Reads columns of some rows, or says why they cannot be. */
async function readColumns(
  file: ParquetFile,
  names: readonly string[],
  { start: rowStart, end: rowEnd }: RowSpan,
): Promise<Column[] | string> {
  const columns: Column[] = [];
  try {
    const scan = await parquetScan({
      file: file.buffer,
      metadata: file.metadata,
      columns: [...names],
      rowStart,
      rowEnd,
      compressors,
      parsers: PARSERS,
      geoparquet: false,
    });
    for (const column of names) {
      const values = await scan.readColumn({ column, rowStart, rowEnd });
      if (values.length !== rowEnd - rowStart)
        return `rows ${rowStart} to ${rowEnd - 1}: column "${column}" has ${values.length} values`;
      columns.push([column, values]);
    }
  } catch (error) {
    // Only a fault of the content is a failure of its rows.
    if (file.fault() !== undefined) throw file.fault();
    const reason = error instanceof Error ? error.message : 'damaged';
    return `rows ${rowStart} to ${rowEnd - 1} cannot be decoded: ${reason}`;
  }
  return columns;
}

/**
 * Reads whole rows of a Parquet file as they are, by column; for records that are no documents.
 *
 * @param location of a file on this machine.
 * @param names    the columns that are read; those that the file lacks are left out.
 * @throws {CorpusError} `damaged` naming the rows that cannot be decoded.
 * @throws {Error} the system's, if it cannot be read.
 */
export async function* readParquetRows(
  location: string,
  names: readonly string[],
): AsyncGenerator<Readonly<Record<string, unknown>>, void, void> {
  const source = await openLocal(location, beginRead({}));
  try {
    const file = await openParquet(location, source, { compression: 'none' });
    const needed = names.filter((name) => file.columns.includes(name));
    for (const span of rowSpans({ location }, file, needed)) {
      const table = await readColumns(file, needed, span);
      if (typeof table === 'string') throw new CorpusError('damaged', `${shownLocation(location)}: ${table}`);
      for (let row = 0; row < span.end - span.start; row++) {
        yield Object.fromEntries(table.map(([name, values]) => [name, values[row]]));
      }
    }
  } finally {
    await source.close();
  }
}

function* sampleSpan({ metadata }: ParquetFile, rows: number): Generator<RowSpan> {
  const held = Number(metadata.row_groups.find(({ num_rows }) => num_rows > 0n)?.num_rows ?? 0n);
  if (held > 0) yield { start: 0, end: Math.min(rows, held), bytes: 0 };
}

function* rowSpans(
  shard: Pick<ShardSource, 'location' | 'range'>,
  { metadata }: ParquetFile,
  columns?: readonly string[],
): Generator<RowSpan> {
  const groups = metadata.row_groups;
  const { start, end } = shard.range ?? { start: 0, end: groups.length };
  if (end > groups.length)
    throw new CorpusError(
      'truncated',
      `${shownLocation(shard.location)}: has ${groups.length} row groups, not ${end}`,
    );
  let row = 0;
  for (const [index, group] of groups.entries()) {
    const rows = Number(group.num_rows);
    if (index >= start && index < end && rows > 0) yield* spansOf(group, row, columns);
    row += rows;
  }
}

function* spansOf(group: RowGroup, first: number, columns?: readonly string[]): Generator<RowSpan> {
  const rows = Number(group.num_rows);
  const chunks = group.columns.filter(
    ({ meta_data }) => columns === undefined || columns.includes(meta_data?.path_in_schema[0] ?? ''),
  );
  const bytes = chunks.reduce(
    (sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0),
    0,
  );
  // Without an index of its pages, a column is decoded from its start each time.
  const isIndexed = chunks.every(({ offset_index_length = 0 }) => offset_index_length > 0);
  const spans = isIndexed ? Math.min(rows, Math.max(1, Math.ceil(bytes / READ_BYTES))) : 1;
  const step = Math.ceil(rows / spans);
  for (let start = 0; start < rows; start += step) {
    const end = Math.min(rows, start + step);
    yield { start: first + start, end: first + end, bytes: (bytes * (end - start)) / rows };
  }
}
