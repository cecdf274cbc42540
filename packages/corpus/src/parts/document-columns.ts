/** What a part holds of each document: numbers in columns. */

/** One document of a part. */
export interface DocumentRow {
  /** Its record's number in the shard, from 0. */
  readonly record: number;
  /** Its first line in the shard, or, where that has several files, in its file, from 0; NaN where there are no lines. */
  readonly line: number;
  /** Where it starts in the file, in bytes; NaN where that means nothing. */
  readonly byteOffset: number;
  readonly tokens: number;
  readonly scored: number;
  /** Number of the key with the strongest evidence. */
  readonly key: number;
  readonly log10PValue: number;
  readonly log10EValue: number;
  readonly hashLow: number;
  readonly hashHigh: number;
  /** Two halves of the signature that near copies share, 64 bits each. */
  readonly nearLow0: number;
  readonly nearHigh0: number;
  readonly nearLow1: number;
  readonly nearHigh1: number;
}

const COLUMNS = {
  record: Uint32Array,
  line: Float64Array,
  byteOffset: Float64Array,
  tokens: Uint32Array,
  scored: Uint32Array,
  key: Uint16Array,
  log10PValue: Float64Array,
  log10EValue: Float64Array,
  hashLow: Uint32Array,
  hashHigh: Uint32Array,
  nearLow0: Uint32Array,
  nearHigh0: Uint32Array,
  nearLow1: Uint32Array,
  nearHigh1: Uint32Array,
} as const;

type Column = Uint32Array | Float64Array | Uint16Array;
const NAMES = Object.keys(COLUMNS) as (keyof DocumentRow)[];
/** Bytes of a document. */
export const ROW_BYTES: number = NAMES.reduce((sum, name) => sum + COLUMNS[name].BYTES_PER_ELEMENT, 0);
const FIRST_ROWS = 1024;

/** Documents in columns that grow. */
export class DocumentColumns {
  #columns: Record<keyof DocumentRow, Column>;
  #length = 0;

  /** Starts empty. */
  constructor() {
    this.#columns = emptyColumns(FIRST_ROWS);
  }

  /** Number of documents. */
  get length(): number {
    return this.#length;
  }

  /** Adds a document. */
  push(row: DocumentRow): void {
    if (this.#length === this.#columns.record.length) this.#grow();
    for (const name of NAMES) this.#columns[name][this.#length] = row[name];
    this.#length++;
  }

  /**
   * Returns a document.
   *
   * @throws {RangeError} if there is none of that number.
   */
  row(at: number): DocumentRow {
    if (!(at >= 0 && at < this.#length)) {
      throw new RangeError(`"at" expected a number below ${this.#length}, got ${at}`);
    }
    // Written out, as merging asks for billions of rows: a loop over the names takes several times as long.
    const columns = this.#columns;
    const of = (name: keyof DocumentRow): number => columns[name][at] ?? Number.NaN;
    return {
      record: of('record'),
      line: of('line'),
      byteOffset: of('byteOffset'),
      tokens: of('tokens'),
      scored: of('scored'),
      key: of('key'),
      log10PValue: of('log10PValue'),
      log10EValue: of('log10EValue'),
      hashLow: of('hashLow'),
      hashHigh: of('hashHigh'),
      nearLow0: of('nearLow0'),
      nearHigh0: of('nearHigh0'),
      nearLow1: of('nearLow1'),
      nearHigh1: of('nearHigh1'),
    };
  }

  /** Returns the largest value of a column; -1 where there are no documents. */
  largest(name: keyof DocumentRow): number {
    let most = -1;
    for (const value of this.#columns[name].subarray(0, this.#length)) if (value > most) most = value;
    return most;
  }

  /** Writes the columns one after the other, in the byte order of the host: `[length * ROW_BYTES]`. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#length * ROW_BYTES);
    let at = 0;
    for (const name of NAMES) {
      const column = this.#columns[name].subarray(0, this.#length);
      bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
      at += column.byteLength;
    }
    return bytes;
  }

  /** Reads what {@link toBytes} wrote, which is copied. Undefined if its length is not that of whole documents. */
  static fromBytes(bytes: Uint8Array): DocumentColumns | undefined {
    const length = bytes.length / ROW_BYTES;
    if (!Number.isInteger(length)) return undefined;
    const read = new DocumentColumns();
    read.#columns = emptyColumns(Math.max(1, length));
    let at = 0;
    for (const name of NAMES) {
      const column = read.#columns[name];
      const size = length * column.BYTES_PER_ELEMENT;
      new Uint8Array(column.buffer).set(bytes.subarray(at, at + size));
      at += size;
    }
    read.#length = length;
    return read;
  }

  #grow(): void {
    const larger = emptyColumns(2 * this.#length);
    for (const name of NAMES) larger[name].set(this.#columns[name]);
    this.#columns = larger;
  }
}

function emptyColumns(length: number): Record<keyof DocumentRow, Column> {
  return Object.fromEntries(NAMES.map((name) => [name, new COLUMNS[name](length)])) as Record<
    keyof DocumentRow,
    Column
  >;
}
