/** The table of a result's documents: its columns, and its rows as groups that are encoded apart from the file that they go to. */
import { ByteWriter, ParquetWriter, type Writer } from 'hyparquet-writer';

/** A row of `documents.parquet`. */
export interface ResultRow {
  readonly id: string;
  readonly shard: number;
  readonly file: string;
  readonly record: number;
  readonly answer: string | null;
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly tokens: number;
  readonly scored: number;
  readonly keyId: string;
  readonly verdict: string;
  readonly log10PValue: number;
  readonly log10QValue: number | null;
  readonly log10EValue: number;
  readonly contentHash: string;
  readonly regions: string | null;
  readonly account: string | null;
  readonly claims: string | null;
  readonly group: string | null;
  readonly language: string | null;
}

const COLUMNS = [
  ['id', 'STRING', 'id'],
  ['shard', 'INT32', 'shard'],
  ['file', 'STRING', 'file'],
  ['record', 'INT64', 'record'],
  ['line', 'INT64', 'line'],
  ['byte_offset', 'INT64', 'byteOffset'],
  ['tokens', 'INT32', 'tokens'],
  ['scored', 'INT32', 'scored'],
  ['key_id', 'STRING', 'keyId'],
  ['verdict', 'STRING', 'verdict'],
  ['log10_p', 'DOUBLE', 'log10PValue'],
  ['log10_q', 'DOUBLE', 'log10QValue'],
  ['log10_e', 'DOUBLE', 'log10EValue'],
  ['content_hash', 'STRING', 'contentHash'],
  ['regions', 'STRING', 'regions'],
  ['account', 'STRING', 'account'],
  ['answer', 'STRING', 'answer'],
  ['claims', 'STRING', 'claims'],
  ['group', 'STRING', 'group'],
  ['language', 'STRING', 'language'],
] as const satisfies readonly (readonly [string, string, keyof ResultRow])[];

const NULLABLE: readonly (keyof ResultRow)[] = [
  'line',
  'byteOffset',
  'log10QValue',
  'regions',
  'account',
  'answer',
  'claims',
  'group',
  'language',
];

/** What a file of the table says of who wrote it. */
export const CREATED_BY = 'countermark';

/** Rows of a group. */
export const GROUP_ROWS = 20_000;

/** Opens a table in an empty writer. */
export function openTable(writer: Writer): ParquetWriter {
  return new ParquetWriter({
    writer,
    schema: [
      { name: 'root', num_children: COLUMNS.length },
      ...COLUMNS.map(([name, type, field]) => ({
        name,
        repetition_type: NULLABLE.includes(field) ? ('OPTIONAL' as const) : ('REQUIRED' as const),
        ...(type === 'STRING' ? { type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const } : { type }),
      })),
    ],
    createdBy: CREATED_BY,
  });
}

/** A group of rows as bytes, with what a table says of it: data that threads can hand each other. */
export interface EncodedGroup {
  readonly rows: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The group and the indexes of its columns, with offsets from the start of the bytes. */
  readonly group: ParquetWriter['row_groups'][number];
  readonly indexes: ParquetWriter['pendingIndexes'];
}

/** Encodes rows as one group. */
export async function encodeGroup(rows: readonly ResultRow[]): Promise<EncodedGroup> {
  const writer = new ByteWriter();
  const table = openTable(writer);
  const start = writer.offset;
  const columnData = COLUMNS.map(([name, type, field]) => ({
    name,
    data: rows.map((row) => {
      const value = row[field];
      return type === 'INT64' && typeof value === 'number' ? BigInt(value) : value;
    }),
  }));
  await table.write({ columnData, rowGroupSize: rows.length });
  const [group] = table.row_groups;
  if (group === undefined) throw new RangeError('"rows" expected at least one, got none');
  const encoded = {
    rows: rows.length,
    bytes: writer.getBytes().slice(start),
    group,
    indexes: table.pendingIndexes,
  };
  shift(encoded, -start);
  return encoded;
}

/** Adds an encoded group to a table, which takes it over. */
export async function appendGroup(table: ParquetWriter, encoded: EncodedGroup): Promise<void> {
  shift(encoded, table.writer.offset);
  table.writer.appendBytes(encoded.bytes);
  table.row_groups.push(encoded.group);
  table.pendingIndexes.push(...encoded.indexes);
  table.num_rows += BigInt(encoded.rows);
  await table.writer.flush?.();
}

// Offsets count from the start of the file.
function shift({ group, indexes }: EncodedGroup, by: number): void {
  const offset = BigInt(by);
  for (const column of group.columns) {
    column.file_offset += offset;
    const { meta_data: meta } = column;
    if (meta === undefined) continue;
    meta.data_page_offset += offset;
    if (meta.dictionary_page_offset !== undefined) meta.dictionary_page_offset += offset;
  }
  for (const { offsetIndex } of indexes) {
    for (const location of offsetIndex?.page_locations ?? []) location.offset += offset;
  }
}
