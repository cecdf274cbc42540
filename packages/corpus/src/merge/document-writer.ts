import { unlink } from 'node:fs/promises';
import { nameFile, putInPlace, syncFile, temporaryBeside } from '@countermark/host';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';

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
] as const satisfies readonly (readonly [string, string, keyof ResultRow])[];

const GROUP_ROWS = 20_000;

/** Writes `documents.parquet` row group by row group, to be put in place when it is whole. */
export class DocumentWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #writer: ParquetWriter;
  #rows: ResultRow[] = [];

  /**
   * @param path of the file; nothing is there before {@link finish}.
   * @throws {Error} the system's, as all of these do, naming the file.
   */
  static open(path: string): DocumentWriter {
    try {
      return new DocumentWriter(path);
    } catch (error) {
      throw nameFile(error, path);
    }
  }

  private constructor(path: string) {
    this.#path = path;
    this.#temporary = temporaryBeside(path);
    this.#writer = new ParquetWriter({
      writer: fileWriter(this.#temporary),
      schema: [
        { name: 'root', num_children: COLUMNS.length },
        ...COLUMNS.map(([name, type, field]) => ({
          name,
          repetition_type: isNullable(field) ? ('OPTIONAL' as const) : ('REQUIRED' as const),
          ...(type === 'STRING'
            ? { type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const }
            : { type }),
        })),
      ],
      createdBy: 'countermark',
    });
  }

  /** Adds a document. */
  async add(row: ResultRow): Promise<void> {
    this.#rows.push(row);
    if (this.#rows.length === GROUP_ROWS) await this.#flush();
  }

  /** Completes the file and puts it in place. */
  async finish(): Promise<void> {
    await this.#flush();
    try {
      await this.#writer.finish();
      await syncFile(this.#temporary);
      await putInPlace(this.#temporary, this.#path);
    } catch (error) {
      throw nameFile(error, this.#path);
    }
  }

  /** Removes what was written. */
  async abandon(): Promise<void> {
    await unlink(this.#temporary).catch(() => undefined);
  }

  async #flush(): Promise<void> {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    const columnData = COLUMNS.map(([name, type, field]) => ({
      name,
      data: rows.map((row) => {
        const value = row[field];
        return type === 'INT64' && typeof value === 'number' ? BigInt(value) : value;
      }),
    }));
    try {
      await this.#writer.write({ columnData, rowGroupSize: rows.length });
    } catch (error) {
      throw nameFile(error, this.#path);
    }
  }
}

function isNullable(field: keyof ResultRow): boolean {
  return ['line', 'byteOffset', 'log10QValue', 'regions', 'account', 'answer', 'claims'].includes(field);
}
