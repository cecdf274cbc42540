/** Numbers of records of one file, a bit each. */
export class RecordSet {
  readonly #bits: Uint8Array;
  /** How many are in it. */
  size = 0;

  /** @param records of the file: numbers are below. */
  constructor(records: number) {
    this.#bits = new Uint8Array(Math.ceil(records / 8));
  }

  /** Adds a number; one that the file does not have is not added. */
  add(record: number): void {
    if (this.has(record)) return;
    const byte = this.#bits[Math.floor(record / 8)];
    if (byte === undefined) return;
    this.#bits[Math.floor(record / 8)] = byte | (1 << (record % 8));
    this.size++;
  }

  /** Whether a number is in it. */
  has(record: number): boolean {
    return ((this.#bits[Math.floor(record / 8)] ?? 0) & (1 << (record % 8))) !== 0;
  }
}
