import type { Compression } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { decompressWhole } from './bytes/decompress.ts';
import { StreamDamage } from './bytes/stream-damage.ts';

/** What an IPC file, unlike a stream, starts with, padded to eight bytes. The stream between it and the footer is the same. */
const MAGIC = Buffer.from('ARROW1\0\0');

/** An Arrow IPC stream, and what became of it. */
export interface ArrowChunks {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Why the file could not be read, if reading it failed: no fault of its content. */
  readonly fault: () => unknown;
  /** Whether the stream's end mark was met, once it has been read. */
  readonly isWhole: () => boolean;
}

/**
 * Opens an IPC stream or file as a stream.
 *
 * @throws {CorpusError} if it is compressed as a whole, and damaged or too large for memory.
 */
export async function arrowChunks(
  location: string,
  source: ByteSource,
  compression: Compression,
): Promise<ArrowChunks> {
  const chunks = compression === 'none' ? source.chunks(0) : await inMemory(location, source, compression);
  let fault: unknown;
  let isExhausted = false;
  let tail = Buffer.alloc(0);
  async function* watch(): AsyncGenerator<Uint8Array> {
    let head: Buffer | undefined = Buffer.alloc(0);
    try {
      for await (const chunk of chunks) {
        tail = Buffer.concat([tail, chunk.subarray(-MAGIC.length)]).subarray(-MAGIC.length);
        if (head === undefined) {
          // A copy: the reader keeps what it is given.
          yield Uint8Array.from(chunk);
          continue;
        }
        head = Buffer.concat([head, chunk]);
        if (head.length < MAGIC.length) continue;
        const isFile: boolean = head.subarray(0, MAGIC.length).equals(MAGIC);
        const start: Buffer = isFile ? head.subarray(MAGIC.length) : head;
        head = undefined;
        if (start.length > 0) yield Uint8Array.from(start);
      }
    } catch (error) {
      fault = error;
      throw error;
    }
    isExhausted = true;
    if (head !== undefined && head.length > 0) yield Uint8Array.from(head);
  }
  return {
    chunks: watch(),
    fault: () => fault,
    // The reader stops at the mark; it asks for more only where there is none.
    isWhole: () => !isExhausted || (tail.length >= 4 && tail.readInt32LE(tail.length - 4) === 0),
  };
}

async function inMemory(
  location: string,
  source: ByteSource,
  compression: Compression,
): Promise<AsyncIterable<Buffer>> {
  try {
    const bytes = await decompressWhole(location, source, compression);
    return (async function* () {
      yield bytes;
    })();
  } catch (error) {
    if (!(error instanceof StreamDamage)) throw error;
    throw new CorpusError('damaged', `${location}: ${error.message}`, { cause: error });
  }
}
