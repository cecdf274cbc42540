/** Thrown where compressed data cannot be read on: what came before is good, the rest of the file is lost. */
export class StreamDamage extends Error {
  override readonly name = 'StreamDamage';
  /** Bytes that could be read, after decompression. */
  readonly offset: number;

  constructor(message: string, offset: number, options?: ErrorOptions) {
    super(message, options);
    this.offset = offset;
  }
}
