import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { nameFile, syncFile } from '@countermark/host';
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type SchemaElement,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { ShardSource } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import type { ByteSource } from '../readers/bytes/byte-source.ts';
import { openParquet, type ParquetFile } from '../readers/parquet-file.ts';

/** Rows of one row group: each column's name and its values as they are stored. */
type Columns = readonly (readonly [name: string, values: readonly unknown[]])[];

/**
 * Writes the rows of a Parquet file that are kept, row group by row group, with its schema, key-value metadata and codecs. Values pass as
 * they are stored, without being taken for texts or times, and the file that was written is read again and compared.
 *
 * @returns rows of the file.
 * @throws {CorpusError} `unsupported` saying why, if a column is of a kind that does not pass unchanged, or the comparison fails.
 * @throws {Error} the system's.
 */
export async function writeParquetRows(
  { location, reading }: ShardSource,
  source: ByteSource,
  isLeftOut: (record: number) => boolean,
  temporary: string,
  path: string,
): Promise<number> {
  const file = await openParquet(location, source, reading);
  const whole = file.metadata.schema.map(withoutInteger);
  const why = whyUnwritable(file.metadata);
  if (why !== undefined) throw new CorpusError('unsupported', why);
  const stored = { ...file.metadata, schema: whole.map(withoutMeaning) };
  const codecs = codecsOf(file.metadata);
  const { Zstd } = await import('@hpcc-js/wasm-zstd');
  const zstd = await Zstd.load();
  let records = 0;
  try {
    const writer = new ParquetWriter({
      writer: fileWriter(temporary),
      schema: stored.schema,
      statistics: false,
      compressors: { GZIP: (bytes) => gzipSync(bytes), ZSTD: (bytes) => zstd.compress(bytes) },
      ...(stored.key_value_metadata === undefined ? {} : { kvMetadata: stored.key_value_metadata }),
      createdBy: 'countermark',
    });
    for await (const { start, columns } of rowGroups(file, stored)) {
      const kept = keptOf(columns, start, isLeftOut);
      const rows = kept[0]?.[1].length ?? 0;
      records = start + (columns[0]?.[1].length ?? 0);
      if (rows === 0) continue;
      await writer.write({
        columnData: kept.map(([name, data]) => ({
          name,
          data: [...data],
          codec: codecs.get(name) ?? 'SNAPPY',
        })),
        rowGroupSize: rows,
      });
    }
    writer.schema = whole;
    await writer.finish();
    await syncFile(temporary);
  } catch (error) {
    throw nameFile(error, path);
  }
  if (!(await isSame(file, stored, temporary, isLeftOut)))
    throw new CorpusError('unsupported', `its rows did not come back as they were; ${OTHER_TOOLS}`);
  return records;
}

const OTHER_TOOLS =
  'leave rows out by their number, which is "record" in documents.parquet, with DuckDB, pandas or pyarrow';

function whyUnwritable({ schema }: FileMetaData): string | undefined {
  for (const { name, type, converted_type, logical_type } of schema) {
    const kind = kindOf(type, converted_type, logical_type?.type);
    if (kind !== undefined) return `column "${name}" is of kind ${kind}; ${OTHER_TOOLS}`;
  }
  return undefined;
}

function kindOf(
  type: SchemaElement['type'],
  converted: SchemaElement['converted_type'],
  logical: string | undefined,
): string | undefined {
  if (logical === 'MAP' || converted === 'MAP' || converted === 'MAP_KEY_VALUE') return 'map';
  if (logical === 'VARIANT') return 'variant';
  if (logical === 'INTEGER' && converted === undefined) return 'integer without its older name';
  return type === 'INT96' ? 'INT96' : undefined;
}

// The older name says the same, and of the newer one the writer makes something that other readers refuse.
function withoutInteger(element: SchemaElement): SchemaElement {
  if (element.logical_type?.type !== 'INTEGER') return element;
  const { logical_type: _, ...older } = element;
  return older;
}

/** An element of a schema that says how values are stored, and not what they mean; lists stay lists. */
function withoutMeaning(element: SchemaElement): SchemaElement {
  if (element.type === undefined) return { ...element };
  const { converted_type: _, logical_type: __, scale: ___, precision: ____, ...stored } = element;
  return stored;
}

function codecsOf({ row_groups }: FileMetaData): Map<string, 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'ZSTD'> {
  const codecs = new Map<string, 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'ZSTD'>();
  for (const { meta_data } of row_groups[0]?.columns ?? []) {
    const codec = meta_data?.codec;
    const [name = ''] = meta_data?.path_in_schema ?? [];
    if (codec === 'UNCOMPRESSED' || codec === 'GZIP' || codec === 'ZSTD') codecs.set(name, codec);
  }
  return codecs;
}

async function* rowGroups(
  { buffer }: Pick<ParquetFile, 'buffer'>,
  metadata: FileMetaData,
): AsyncGenerator<{ start: number; columns: Columns }> {
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  let start = 0;
  for (const { num_rows } of metadata.row_groups) {
    const end = start + Number(num_rows);
    if (end > start) {
      const range = { rowStart: start, rowEnd: end };
      const scan = await parquetScan({
        ...{ file: buffer, metadata, columns: names, compressors, geoparquet: false, utf8: false },
        ...range,
      });
      const columns: [string, unknown[]][] = [];
      for (const column of names)
        columns.push([column, Array.from(await scan.readColumn({ column, ...range }))]);
      yield { start, columns };
    }
    start = end;
  }
}

function keptOf(columns: Columns, start: number, isLeftOut: (record: number) => boolean): Columns {
  return columns.map(([name, values]) => [name, values.filter((_, row) => !isLeftOut(start + row))]);
}

async function isSame(
  file: ParquetFile,
  stored: FileMetaData,
  temporary: string,
  isLeftOut: (record: number) => boolean,
): Promise<boolean> {
  const buffer = await asyncBufferFromFile(temporary);
  const written = await parquetMetadataAsync(buffer, { geoparquet: false });
  const again = rowGroups({ buffer }, { ...written, schema: written.schema.map(withoutMeaning) });
  for await (const { start, columns } of rowGroups(file, stored)) {
    const kept = keptOf(columns, start, isLeftOut);
    if ((kept[0]?.[1].length ?? 0) === 0) continue;
    const next = await again.next();
    if (next.done === true || !isDeepStrictEqual(next.value.columns, kept)) return false;
  }
  return (
    (await again.next()).done === true &&
    isDeepStrictEqual(meaningOf(written.schema), meaningOf(file.metadata.schema.map(withoutInteger)))
  );
}

function meaningOf(schema: readonly SchemaElement[]): unknown {
  return schema.map(({ name, type, repetition_type, converted_type, logical_type, num_children }) => ({
    ...{
      name,
      type,
      repetition_type: repetition_type ?? 'REQUIRED',
      converted_type,
      logical_type,
      num_children,
    },
  }));
}
