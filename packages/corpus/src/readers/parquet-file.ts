import { isUtf8 } from 'node:buffer';
import {
  type AsyncBuffer,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
  parquetSchema,
} from 'hyparquet';
import { type FileLayout, pathsOf } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { decompressWhole } from './bytes/decompress.ts';
import { shownLocation } from './bytes/shown-location.ts';
import { StreamDamage } from './bytes/stream-damage.ts';
import { NOT_UTF8 } from './layouts/found.ts';
import type { UnreadColumn } from './raw-record.ts';

/** A Parquet file whose footer has been read. */
export interface ParquetFile {
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** The names of its columns. */
  readonly columns: readonly string[];
  /** Why the file could not be read, if reading it failed: no fault of its content. */
  readonly fault: () => unknown;
}

/**
 * Reads the footer of a Parquet file.
 *
 * @throws {CorpusError} if it has none that can be read, or the file cannot be read.
 */
export async function openParquet(
  location: string,
  source: ByteSource,
  reading: Pick<FileLayout, 'compression'>,
): Promise<ParquetFile> {
  let fault: unknown;
  const whole = await wholeBytes(location, source, reading);
  const byteLength = whole?.byteLength ?? source.size;
  if (byteLength === undefined)
    throw new CorpusError(
      'unsupported',
      `${shownLocation(location)}: the server does not say how long the file is`,
    );
  const buffer: AsyncBuffer = {
    byteLength,
    slice: async (start, end = byteLength) => {
      if (whole !== undefined) return whole.slice(start, end);
      // Lengths come from the file, and a damaged one may ask for more than there is.
      if (start < 0 || end > byteLength || start > end) throw new Error(`no bytes ${start} to ${end}`);
      try {
        return await source.slice(start, end);
      } catch (error) {
        fault = error;
        throw error;
      }
    },
  };
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(buffer, { parsers: PARSERS, geoparquet: false });
  } catch (error) {
    if (fault !== undefined) throw fault;
    throw new CorpusError('damaged', `${shownLocation(location)}: has no Parquet footer that can be read`, {
      cause: error,
    });
  }
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  return { buffer, metadata, columns, fault: () => fault };
}

async function wholeBytes(
  location: string,
  source: ByteSource,
  { compression }: Pick<FileLayout, 'compression'>,
): Promise<ArrayBuffer | undefined> {
  if (compression === 'none') return undefined;
  try {
    const bytes = await decompressWhole(location, source, compression);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  } catch (error) {
    if (!(error instanceof StreamDamage)) throw error;
    throw new CorpusError('damaged', `${shownLocation(location)}: ${error.message}`, { cause: error });
  }
}

/**
 * Has integers of 64 bits in a column read as numbers, which takes less time than as such. Those that lose digits are out of
 * every range of token ids before and after.
 */
export function readAsNumbers({ metadata, columns }: ParquetFile, path: string): void {
  const name = columnOf(path, columns);
  const column = parquetSchema(metadata).children.find(({ element }) => element.name === name);
  const leaves = column === undefined ? [] : [column];
  for (const { element, children } of leaves) {
    for (const child of children) leaves.push(child);
    // A decimal without digits after its point: that is what the reader makes numbers of.
    if (element.type === 'INT64') Object.assign(element, { converted_type: 'DECIMAL', scale: 0 });
  }
}

/** Texts as they are, or a sign that they are none. */
export const PARSERS: Partial<ParquetParsers> = {
  stringFromBytes: textOf,
  // A layout takes JSON apart itself, and what is none must not end the reading of its row group.
  jsonFromBytes: textOf,
};

function textOf(bytes: Uint8Array | undefined): string | undefined | typeof NOT_UTF8 {
  if (bytes === undefined) return undefined;
  if (!isUtf8(bytes)) return NOT_UTF8;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

/**
 * The columns that a reading looks at.
 *
 * @returns the names that the file has; undefined if it lacks one of the document's.
 */
export function neededColumns(
  { layout, idField, groupField }: Pick<FileLayout, 'layout' | 'idField' | 'groupField'>,
  names: readonly string[],
): string[] | undefined {
  const paths = pathsOf(layout);
  const columns = paths.map((path) => columnOf(path, names));
  // Of several answers a file may lack some.
  const isMissing = layout.kind === 'answers' ? !columns.some(Boolean) : columns.includes(undefined);
  if (isMissing) return undefined;
  const others = [idField, groupField].map((path) =>
    path === undefined ? undefined : columnOf(path, names),
  );
  return [...new Set([...columns, ...others])].filter((name) => name !== undefined);
}

/**
 * The columns of texts that are not read, with the bytes of their texts in some row groups: as the writer counted them, or else as they
 * lie in the pages, where a text that repeats may be stored once.
 *
 * @param read names of the columns that are read.
 */
export function unreadTexts(
  { metadata }: ParquetFile,
  read: readonly string[],
  { start, end }: { readonly start: number; readonly end: number },
): UnreadColumn[] {
  const texts = new Set<string>();
  const waiting = [...parquetSchema(metadata).children];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const child of next.children) waiting.push(child);
    const { type, converted_type, logical_type } = next.element;
    const isText =
      ['UTF8', 'JSON', 'ENUM'].includes(converted_type ?? '') ||
      ['STRING', 'JSON', 'ENUM'].includes(logical_type?.type ?? '');
    if (type === 'BYTE_ARRAY' && isText) texts.add(next.path.join('.'));
  }
  const bytes = new Map<string, number>();
  for (const group of metadata.row_groups.slice(start, end)) {
    for (const { meta_data } of group.columns) {
      const path = meta_data?.path_in_schema ?? [];
      if (read.includes(path[0] ?? '') || !texts.has(path.join('.'))) continue;
      const stated = meta_data?.size_statistics?.unencoded_byte_array_data_bytes;
      const own = Number(stated ?? meta_data?.total_uncompressed_size ?? 0);
      const shown = path
        .join('.')
        .replaceAll(/\.(?:list\.(?:element|item)|bag\.array_element|array)(?=\.|$)/g, '[]');
      bytes.set(shown, (bytes.get(shown) ?? 0) + own);
    }
  }
  return Array.from(bytes, ([path, own]) => ({ path, bytes: own }));
}

/** A column by its own name, or the one that the path starts in. */
function columnOf(path: string, names: readonly string[]): string | undefined {
  if (names.includes(path)) return path;
  const parts = path.split('[', 1).join('').split('.');
  for (let n = parts.length; n > 0; n--) {
    const name = parts.slice(0, n).join('.');
    if (names.includes(name)) return name;
  }
  return undefined;
}
