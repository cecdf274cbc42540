import { isUtf8 } from 'node:buffer';
import { CsvError, type Options, Parser } from 'csv-parse';
import type { FileLayout, ShardSource } from '../documents/layout.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { textContent } from './bytes/text-content.ts';
import { NOT_UTF8 } from './layouts/found.ts';
import { RawBatch, type RawRecords } from './raw-record.ts';
import { tooLong } from './read-lines.ts';
import type { ReadState } from './read-options.ts';
import { handOver } from './text-chunks.ts';

/** What is handed to the parser at a time, so that few rows wait. */
const STEP_BYTES = 64 * 1024;

/**
 * Reads a table. Rows of another length than the first fail, one by one.
 *
 * A quote where none may stand is taken as it is; one that is never closed is a failure that stands for the rest.
 */
export function readCsv(shard: ShardSource, source: ByteSource, reading: ReadState): RawRecords {
  const batch = new RawBatch();
  const rows = new RowCutter(shard.reading, batch, reading);
  return handOver(batch, rows.cut(textContent(source, shard.reading)), () => rows.lines);
}

class RowCutter {
  /** Lines so far. */
  lines = 0;
  readonly #batch: RawBatch;
  readonly #reading: ReadState;
  readonly #parser: Parser;
  #failure: Error | undefined;
  /** Whether the first row names the columns. */
  readonly #isNamed: boolean;
  #header: readonly string[] | undefined;
  /** Bytes of the rows so far, from the start of the content. */
  #bytes = 0;
  /** A byte order mark that the parser does not see. */
  #markBytes = 0;

  constructor(file: FileLayout, batch: RawBatch, reading: ReadState) {
    const isTabs = file.format === 'tsv';
    const { delimiter = isTabs ? '\t' : ',', quote = isTabs ? '' : '"', escape: escaping } = file;
    this.#isNamed = file.header !== false;
    this.#batch = batch;
    this.#reading = reading;
    const options: Options = {
      delimiter,
      quote: quote === '' ? false : quote,
      ...(escaping === undefined ? {} : { escape: escaping }),
      // Fields as bytes: as texts, what is no UTF-8 would go unseen.
      encoding: null,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (record: unknown, { bytes, lines }) => {
        this.#add(record as Uint8Array[], bytes + this.#markBytes, lines);
        return null;
      },
    };
    this.#parser = new Parser(options);
    this.#parser.on('error', (error) => {
      this.#failure = error;
    });
    // Nothing comes out of it: rows are taken as they are found.
    this.#parser.resume();
  }

  async *cut(chunks: AsyncIterable<Buffer>): AsyncGenerator<void> {
    let seen = 0;
    for await (const chunk of withoutMark(chunks, (bytes) => this.#skipMark(bytes))) {
      for (let from = 0; from < chunk.length; from += STEP_BYTES) {
        const step = Buffer.from(chunk.subarray(from, from + STEP_BYTES));
        await new Promise<void>((resolve) => this.#parser.write(step, () => resolve()));
        seen += step.length;
        if (this.#batch.isFull) yield;
        if (this.#failure !== undefined) throw this.#failure;
        if (seen - this.#bytes > this.#reading.maxRecordBytes + STEP_BYTES) {
          this.#refuseRest('too-long', `${tooLong(this.#reading).message}, or a quote in it is never closed`);
          this.#parser.destroy();
          return;
        }
      }
    }
    await new Promise<void>((resolve) => {
      this.#parser.once('close', resolve);
      this.#parser.end();
    });
    if (this.#failure instanceof CsvError && this.#failure.code === 'CSV_QUOTE_NOT_CLOSED')
      this.#refuseRest('invalid-csv', 'a quote is never closed');
    else if (this.#failure !== undefined) throw this.#failure;
  }

  #skipMark(bytes: number): void {
    this.#markBytes = bytes;
    this.#bytes = bytes;
  }

  #refuseRest(code: 'too-long' | 'invalid-csv', message: string): void {
    this.#batch.refuse(
      { line: this.lines, byteOffset: this.#bytes },
      { code, message: `${message}; nothing from byte ${this.#bytes} of the content on was read` },
    );
  }

  #add(fields: readonly Uint8Array[], end: number, lines: number): void {
    const place = { line: this.lines, byteOffset: this.#bytes };
    const bytes = end - this.#bytes;
    this.#bytes = end;
    this.lines = lines;
    const batch = this.#batch;
    if (this.#header === undefined && this.#isNamed) {
      this.#header = fields.map((field) => Buffer.from(field).toString());
      return;
    }
    this.#header ??= fields.map((_, i) => String(i + 1));
    const header = this.#header;
    if (this.#reading.skip.has(batch.record)) {
      batch.record++;
    } else if (fields.length !== header.length) {
      batch.refuse(place, {
        code: 'invalid-csv',
        message: `the row has ${fields.length} fields, the ${this.#isNamed ? 'header' : 'first'} ${header.length}`,
      });
    } else if (bytes > this.#reading.maxRecordBytes) {
      batch.refuse(place, tooLong(this.#reading));
    } else {
      const value = Object.fromEntries(header.map((name, i) => [name, textOf(fields[i])]));
      batch.add(place, value, bytes);
    }
  }
}

function textOf(field: Uint8Array | undefined): string | typeof NOT_UTF8 {
  if (field === undefined || !isUtf8(field)) return NOT_UTF8;
  return Buffer.from(field.buffer, field.byteOffset, field.length).toString();
}

/** Takes a byte order mark off the start. */
async function* withoutMark(
  chunks: AsyncIterable<Buffer>,
  found: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const mark = Buffer.from([0xef, 0xbb, 0xbf]);
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < mark.length) continue;
    const isMarked: boolean = start.subarray(0, mark.length).equals(mark);
    if (isMarked) found(mark.length);
    yield isMarked ? start.subarray(mark.length) : start;
    start = undefined;
  }
  if (start !== undefined && start.length > 0) yield start;
}
