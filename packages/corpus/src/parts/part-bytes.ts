/**
 * The file of one scanned shard: a header in JSON, binary sections, and a digest over all of it. Holds no key.
 *
 *     "countermark part 1\n", length of the header (u32), header, sections, SHA-256 of everything before
 */

import { createHash } from 'node:crypto';
import { CorpusError } from '../errors.ts';

/** What a part begins with. */
export const MAGIC: Uint8Array = Buffer.from('countermark part 1\n');
const DIGEST_BYTES = 32;

/**
 * Puts a part together.
 *
 * @param header text of its header, UTF-8.
 */
export function joinPart(header: Uint8Array, sections: readonly Uint8Array[]): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const body = Buffer.concat([MAGIC, length, header, ...sections]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/**
 * Returns all of a part but its digest, which is right.
 *
 * @throws {CorpusError} `part-damaged`.
 */
export function checkedBody(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_BYTES));
  if (!Buffer.from(body.subarray(0, MAGIC.length)).equals(MAGIC)) throw damaged('it does not begin like one');
  const digest = createHash('sha256').update(body).digest();
  if (!digest.equals(bytes.subarray(body.length))) throw damaged('it was cut short or changed');
  return body;
}

/** Bytes that are taken section by section. */
export class Sections {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw damaged('a section is missing');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}

/** Writes token ids as they lie in memory. */
export function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Reads what {@link bytesOf} wrote, which is copied. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}

/**
 * Runs what reads a part. Its sections check themselves, and know nothing of parts; what they say may quote the part, which holds texts.
 *
 * @throws {CorpusError} `part-damaged`.
 */
export function wellFormed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CorpusError) throw error;
    throw damaged('one of its sections is malformed', error);
  }
}

/** Says that a part is none. */
export function damaged(why: string, cause?: unknown): CorpusError {
  return new CorpusError('part-damaged', `not a whole part of a scan: ${why}`, { cause });
}
