/** Bits one after another, the most significant first. */

/** Bits that are written at a time: with fewer than 8 held back they fit into a 32-bit integer. */
const PIECE = 16;

/** Writes bits. */
export class BitWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;
  #held = 0;
  #heldBits = 0;

  /**
   * Appends a number.
   *
   * @param value integer, 0 ≤ value < 2^bits.
   * @param bits  0 … 53.
   */
  write(value: number, bits: number): void {
    let rest = value;
    for (let left = bits; left > 0; ) {
      const take = left % PIECE || PIECE;
      left -= take;
      const above = 2 ** left;
      const piece = Math.floor(rest / above);
      rest -= piece * above;
      this.#append(piece, take);
    }
  }

  /** Appends so many ones, and a zero. */
  writeUnary(ones: number): void {
    let left = ones;
    for (; left >= PIECE; left -= PIECE) this.#append(2 ** PIECE - 1, PIECE);
    this.#append(2 ** (left + 1) - 2, left + 1);
  }

  /** Returns all bytes, the last one filled with zeros, and begins anew. */
  take(): Uint8Array {
    if (this.#heldBits > 0) this.#append(0, 8 - this.#heldBits);
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  #append(value: number, bits: number): void {
    this.#held = (this.#held << bits) | value;
    this.#heldBits += bits;
    while (this.#heldBits >= 8) {
      this.#heldBits -= 8;
      if (this.#length === this.#bytes.length) {
        const larger = new Uint8Array(2 * this.#length);
        larger.set(this.#bytes);
        this.#bytes = larger;
      }
      this.#bytes[this.#length++] = this.#held >>> this.#heldBits;
      this.#held &= 2 ** this.#heldBits - 1;
    }
  }
}

/** Bits that are read at a time: of four bytes, where up to seven bits were read before. */
const WINDOW = 24;

/** Reads what a {@link BitWriter} wrote. Beyond the end it reads zeros. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** Number of the next bit. */
  #at: number;

  /** @param from byte at which to begin. */
  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#at = 8 * from;
  }

  /** Passes over bits. */
  skip(bits: number): void {
    this.#at += bits;
  }

  /** Reads a number of 0 … 53 bits. */
  read(bits: number): number {
    if (bits === 0) return 0;
    if (bits > WINDOW) return this.read(bits - WINDOW) * 2 ** WINDOW + this.read(WINDOW);
    const value = this.#window() >>> (32 - bits);
    this.#at += bits;
    return value;
  }

  /** Counts ones up to the next zero, and passes over both. */
  readUnary(): number {
    let ones = 0;
    for (;;) {
      const more = Math.min(WINDOW, Math.clz32(~this.#window()));
      ones += more;
      this.#at += more;
      if (more < WINDOW) break;
    }
    this.#at++;
    return ones;
  }

  /** The next 25 bits or more, first in a 32-bit integer. */
  #window(): number {
    const bytes = this.#bytes;
    const byte = this.#at >>> 3;
    const word =
      ((bytes[byte] ?? 0) << 24) |
      ((bytes[byte + 1] ?? 0) << 16) |
      ((bytes[byte + 2] ?? 0) << 8) |
      (bytes[byte + 3] ?? 0);
    return word << (this.#at & 7);
  }
}
