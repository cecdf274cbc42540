/** What is looked through for a mark at a time. */
const STEP_BYTES = 4096;

/** Reads chunks of bytes in pieces of any length, wherever the chunks were cut. */
export class ByteCursor {
  /** Where the next byte stands, from the start of the chunks. */
  offset: number;
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);
  /** Where the next byte is in the chunk. */
  #at = 0;
  #ended = false;

  /** @param offset of the first byte. */
  constructor(chunks: AsyncIterable<Buffer>, offset = 0) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.offset = offset;
  }

  /** Takes a number of bytes, in memory of their own; fewer where the chunks end before. */
  async take(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let taken = 0;
    for await (const piece of this.stream(length)) {
      pieces.push(Buffer.from(piece));
      taken += piece.length;
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, taken);
  }

  /** Yields a number of bytes as they come; each piece is good until the next is asked for. */
  async *stream(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      const piece = await this.takeSome(left);
      if (piece.length === 0) return;
      left -= piece.length;
      yield piece;
    }
  }

  /** Takes what is at hand, at most a number of bytes and none only at the end; it is good until more is asked for. */
  async takeSome(most: number): Promise<Buffer> {
    if (this.#at === this.#chunk.length && !(await this.#fill())) return this.#chunk.subarray(0, 0);
    const piece = this.#chunk.subarray(this.#at, this.#at + most);
    this.#at += piece.length;
    this.offset += piece.length;
    return piece;
  }

  /** Takes back the last bytes of what {@link takeSome} gave last. */
  giveBack(bytes: number): void {
    this.#at -= bytes;
    this.offset -= bytes;
  }

  /** Passes over a number of bytes; returns how many there were. */
  async skip(length: number): Promise<number> {
    let passed = 0;
    for await (const piece of this.stream(length)) passed += piece.length;
    return passed;
  }

  /**
   * Takes what comes up to a mark, the mark included.
   *
   * @param most bytes that are looked through.
   * @returns undefined where the mark does not come within them; then they are passed.
   */
  async takeThrough(mark: Buffer, most: number): Promise<Buffer | undefined> {
    let held: Buffer = Buffer.alloc(0);
    while (held.length < most) {
      const some = await this.takeSome(Math.min(STEP_BYTES, most - held.length));
      if (some.length === 0) break;
      const from = Math.max(0, held.length - mark.length + 1);
      held = Buffer.concat([held, some]);
      const at = held.indexOf(mark, from);
      if (at < 0) continue;
      const end = at + mark.length;
      this.giveBack(held.length - end);
      return held.subarray(0, end);
    }
    return undefined;
  }

  /** Whether there is nothing more. */
  async isAtEnd(): Promise<boolean> {
    return this.#at === this.#chunk.length && !(await this.#fill());
  }

  /** Lets go of where the chunks come from. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #fill(): Promise<boolean> {
    while (!this.#ended && this.#at === this.#chunk.length) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.#ended = true;
      } else {
        this.#chunk = next.value;
        this.#at = 0;
      }
    }
    return this.#at < this.#chunk.length;
  }
}
