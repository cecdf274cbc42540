import type { RecordFailureCode } from '../documents/document.ts';
import type { FileLayout } from '../documents/layout.ts';

/** What was wrong with a record, before anybody knows its layout. */
export interface Refusal {
  readonly code: RecordFailureCode;
  /** In words; without any of the record's text. */
  readonly message: string;
  /** How many rows are lost, where it is not one. */
  readonly rows?: number;
}

/** Where a record stands, but for its number. */
export interface Place {
  readonly line?: number | undefined;
  readonly byteOffset?: number | undefined;
}

/** The member of an archive that a record comes from. */
export interface RecordSource {
  readonly name: string;
  /** The record's number in it, from 0. */
  readonly record: number;
  readonly reading: FileLayout;
}

/** A record as its format gives it: a value that the layout is yet to be found in, or why there is none. */
export type RawRecord = Place & {
  readonly record: number;
  /** Of an archive. */
  readonly from?: RecordSource | undefined;
} & (
    | { readonly value: unknown; readonly refusal: undefined }
    | { readonly value: undefined; readonly refusal: Refusal }
  );

/** What a format's reader counts besides its records. */
interface RawCount {
  readonly records: number;
  readonly lines?: number;
  /** Columns of texts that were not decoded, with their sizes in bytes as the file states them. */
  readonly unread?: readonly UnreadColumn[];
}

/** A column of texts that nobody asked for. */
export interface UnreadColumn {
  readonly path: string;
  readonly bytes: number;
}

/** A format's reader: records in batches, and their number at the end. */
export type RawRecords = AsyncGenerator<RawRecord[], RawCount>;

/** Most records of a batch. */
const BATCH_RECORDS = 256;
/** A batch that holds this many bytes is full. */
const BATCH_BYTES = 2 ** 20;

/** Collects records until there are enough for a batch, and numbers them. */
export class RawBatch {
  /** The number of the next record, from 0. */
  record = 0;
  #records: RawRecord[] = [];
  #bytes = 0;

  /** Whether the batch should be handed over before anything is added. */
  get isFull(): boolean {
    return this.#records.length >= BATCH_RECORDS || this.#bytes >= BATCH_BYTES;
  }

  /** Whether there is anything to hand over. */
  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /**
   * Adds a record, under the next number.
   *
   * @param bytes its size, roughly.
   * @param from  the member of an archive that it comes from.
   */
  add({ line, byteOffset }: Place, value: unknown, bytes: number, from?: RecordSource): void {
    this.#records.push({ record: this.record++, line, byteOffset, value, refusal: undefined, from });
    this.#bytes += bytes;
  }

  /** Adds a record that could not be read, under the next number; its rows take as many numbers. */
  refuse({ line, byteOffset }: Place, refusal: Refusal): void {
    this.#records.push({ record: this.record, line, byteOffset, value: undefined, refusal });
    this.record += refusal.rows ?? 1;
  }

  /** Hands over what there is, and begins anew. */
  take(): RawRecord[] {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }
}
