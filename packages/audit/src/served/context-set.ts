import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { ContextSetError } from './context-set-error.ts';
import {
  type ContextSetFacts,
  DIGEST_BYTES,
  groupBitsOf,
  parseFooter,
  SET_MAGIC,
  TAIL_BYTES,
} from './context-set-file.ts';
import { fingerprintOf } from './fingerprints.ts';
import {
  BLOCK_ENTRIES,
  BLOCK_HEADER,
  type BlockEntries,
  blockHead,
  decodeBlock,
  emptyBlock,
} from './set-block.ts';

/** Bytes of a file that are read at a time and kept in one piece. */
const CHUNK = 2 ** 25;

/** A set of contexts that were served, in memory as it lies in its file. */
export class ContextSet {
  readonly facts: ContextSetFacts;
  /** SHA-256 of the file, 64 hex digits. */
  readonly sha256: string;
  /** Bytes of the file. */
  readonly bytes: number;
  readonly #chunks: readonly Uint8Array[];
  readonly #groupBits: number;
  /** Of each block: its first fingerprint, and where it begins. */
  readonly #firsts: Float64Array;
  readonly #starts: Float64Array;
  readonly #block = emptyBlock();

  private constructor(chunks: readonly Uint8Array[], bytes: number, facts: ContextSetFacts, sha256: string) {
    this.#chunks = chunks;
    this.bytes = bytes;
    this.facts = facts;
    this.sha256 = sha256;
    this.#groupBits = groupBitsOf(facts.groups);
    const firsts: number[] = [];
    const starts: number[] = [];
    const end = bytes - TAIL_BYTES - this.#footerBytes();
    let entries = 0;
    for (let at = SET_MAGIC.length; at < end; ) {
      const head = blockHead(this.#slice(at, BLOCK_HEADER));
      firsts.push(head.first);
      starts.push(at);
      entries += head.entries;
      at += head.bytes;
      if (at > end || head.entries > BLOCK_ENTRIES) throw new RangeError('a block is larger than it may be');
    }
    if (entries !== facts.contexts)
      throw new RangeError('its blocks do not have as many contexts as it says');
    this.#firsts = Float64Array.from(firsts);
    this.#starts = Float64Array.from([...starts, end]);
  }

  /**
   * Opens the bytes of a set's file.
   *
   * @param chunks in order, all but the last of one length. Retained.
   * @throws {ContextSetError} `set-damaged`.
   */
  static parse(chunks: readonly Uint8Array[]): ContextSet {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    try {
      if (bytes < SET_MAGIC.length + TAIL_BYTES) throw new RangeError('it is too short');
      const hash = createHash('sha256');
      let left = bytes - DIGEST_BYTES;
      for (const chunk of chunks) {
        hash.update(chunk.subarray(0, left));
        left = Math.max(0, left - chunk.length);
      }
      const all = hash.copy();
      const digest = hash.digest();
      const stated = slice(chunks, bytes - DIGEST_BYTES, DIGEST_BYTES);
      if (!SET_MAGIC.every((byte, i) => byte === chunks[0]?.[i]))
        throw new RangeError('it is no set of contexts');
      if (!digest.equals(stated)) throw new RangeError('its digest is wrong');
      const length = u32(slice(chunks, bytes - TAIL_BYTES, 4));
      if (length > bytes - TAIL_BYTES - SET_MAGIC.length)
        throw new RangeError('its footer is longer than it');
      const facts = parseFooter(
        Buffer.from(slice(chunks, bytes - TAIL_BYTES - length, length)).toString('utf8'),
      );
      return new ContextSet(chunks, bytes, facts, all.update(stated).digest('hex'));
    } catch (cause) {
      const why = cause instanceof RangeError ? cause.message : 'its footer cannot be read';
      throw new ContextSetError('set-damaged', `cannot be used as a set of contexts: ${why}`, { cause });
    }
  }

  /**
   * Reads the file of a set.
   *
   * @throws {ContextSetError} `set-damaged`.
   * @throws {Error} the system's.
   */
  static async read(path: string): Promise<ContextSet> {
    const file = await open(path);
    try {
      const chunks: Uint8Array[] = [];
      const { size } = await file.stat();
      for (let at = 0; at < size; at += CHUNK) {
        const chunk = new Uint8Array(Math.min(CHUNK, size - at));
        for (let filled = 0; filled < chunk.length; ) {
          const { bytesRead } = await file.read(chunk, filled, chunk.length - filled, at + filled);
          if (bytesRead === 0) throw new ContextSetError('set-damaged', 'ended while it was read');
          filled += bytesRead;
        }
        chunks.push(chunk);
      }
      return ContextSet.parse(chunks);
    } finally {
      await file.close();
    }
  }

  /** The probability with which a context that was not served is in the set all the same. */
  get falsePositiveRate(): number {
    return this.facts.contexts / 2 ** this.facts.bits;
  }

  /**
   * Looks a context up.
   *
   * @param saltLow  word 2 of its header.
   * @param saltHigh word 3 of its header.
   * @returns the number of the only group that it was served to, from 1; 0 if there is no such group; undefined if it was not served.
   */
  groupOf(saltLow: number, saltHigh: number): number | undefined {
    const fingerprint = fingerprintOf(saltLow, saltHigh, this.facts.bits);
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firsts[middle]! <= fingerprint) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    this.#decode(low - 1, this.#block, fingerprint + 1);
    const last = this.#block.length - 1;
    return this.#block.fingerprints[last] === fingerprint ? this.#block.groups[last] : undefined;
  }

  /** Lists all contexts in rising order, a block at a time, which the next one overwrites. */
  *blocks(): Generator<BlockEntries, void, void> {
    const entries = emptyBlock();
    for (let block = 0; block < this.#firsts.length; block++) {
      this.#decode(block, entries);
      yield entries;
    }
  }

  #decode(block: number, into: BlockEntries, before?: number): void {
    const start = this.#starts[block]!;
    decodeBlock(this.#slice(start, this.#starts[block + 1]! - start), this.#groupBits, into, before);
  }

  #footerBytes(): number {
    return u32(this.#slice(this.bytes - TAIL_BYTES, 4));
  }

  #slice(start: number, length: number): Uint8Array {
    return slice(this.#chunks, start, length);
  }
}

function u32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

/** Returns bytes of a file that lies in chunks, all but the last of one length: a view where they are in one. */
function slice(chunks: readonly Uint8Array[], start: number, length: number): Uint8Array {
  const size = chunks[0]!.length;
  const number = Math.floor(start / size);
  const from = start - number * size;
  const chunk = chunks[number] ?? new Uint8Array(0);
  if (from + length <= chunk.length) return chunk.subarray(from, from + length);
  const rest = length - (chunk.length - from);
  return Buffer.concat([chunk.subarray(from), slice(chunks, start + length - rest, rest)]);
}
