/** Whether a message of a WebSocket is on its way, by the heads of its frames: RFC 6455, section 5.2. */

const FINAL = 0x80;
const OPCODE = 0x0f;
const MASKED = 0x80;
const LENGTH = 0x7f;
/** Opcodes from here on are of control frames, which stand between the frames of a message. */
const FIRST_CONTROL = 8;
const HEAD_BYTES = 2;
const MASK_BYTES = 4;

/** Follows the bytes that a client sends. It checks nothing: whoever reads the frames does. */
export class FrameWatch {
  /** Bytes of the head so far, at most 14. */
  readonly #head: number[] = [];
  /** Bytes of the payload that are to come; undefined while the head is. */
  #left: number | undefined;
  #isBetweenFragments = false;

  /** Whether a frame or a message has begun and not ended. */
  get isWithin(): boolean {
    return this.#head.length > 0 || this.#isBetweenFragments;
  }

  /** Takes what came. */
  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left === undefined) {
        this.#head.push(bytes[at++] ?? 0);
        this.#left = this.#payloadBytes();
      } else {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
      }
      if (this.#left === 0) this.#end();
    }
  }

  #end(): void {
    const [first = 0] = this.#head;
    if ((first & OPCODE) < FIRST_CONTROL) this.#isBetweenFragments = (first & FINAL) === 0;
    this.#head.length = 0;
    this.#left = undefined;
  }

  /** Reads the length of the payload once the head is whole. */
  #payloadBytes(): number | undefined {
    const [, second = 0] = this.#head;
    if (this.#head.length < HEAD_BYTES) return undefined;
    const length = second & LENGTH;
    const extended = length === 126 ? 2 : length === 127 ? 8 : 0;
    const mask = (second & MASKED) === 0 ? 0 : MASK_BYTES;
    if (this.#head.length < HEAD_BYTES + extended + mask) return undefined;
    if (extended === 0) return length;
    return this.#head.slice(HEAD_BYTES, HEAD_BYTES + extended).reduce((sum, byte) => 256 * sum + byte, 0);
  }
}
