import type { FileHandle } from 'node:fs/promises';
import type { Compression } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { decompressWhole } from './bytes/decompress.ts';
import { shownLocation } from './bytes/shown-location.ts';
import { StreamDamage } from './bytes/stream-damage.ts';

/** What an IPC file, unlike a stream, starts and ends with; at its start, padded to eight bytes. */
const MAGIC = Buffer.from('ARROW1');
const MAGIC_BYTES = 8;

/** What ends a stream: a continuation, and a message of no bytes. Body bytes may be zeros too, so all of it counts. */
const END = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/** An Arrow IPC file or stream, and what became of it. */
export interface ArrowContent {
  /** What Arrow reads; it takes a stream of bytes in the same place, though no overload takes both. */
  readonly input: FileHandle;
  /** Why the file could not be read, if reading it failed: no fault of its content. */
  readonly fault: () => unknown;
  /** Whether the stream's end mark was met, once it has been read; of a file, the footer tells what there is. */
  readonly isWhole: () => boolean;
}

/** Bytes of a file on the disk, of an http(s) address or in memory. */
type Bytes = Pick<ByteSource, 'size' | 'slice' | 'chunks'>;

/**
 * Opens an IPC stream or file. A file without its footer is opened as the stream that it mostly holds.
 *
 * @throws {CorpusError} if it is compressed as a whole, and damaged or too large for memory.
 */
export async function openArrow(
  location: string,
  source: ByteSource,
  compression: Compression,
): Promise<ArrowContent> {
  const bytes = compression === 'none' ? source : await inMemory(location, source, compression);
  const { size = 0 } = bytes;
  if (size < MAGIC_BYTES + MAGIC.length) return streamContent(bytes, 0);
  const start = Buffer.from(await bytes.slice(0, MAGIC.length));
  if (!start.equals(MAGIC)) return streamContent(bytes, 0);
  const end = Buffer.from(await bytes.slice(size - MAGIC.length, size));
  return end.equals(MAGIC) ? fileContent(bytes, size) : streamContent(bytes, MAGIC_BYTES);
}

function fileContent(bytes: Bytes, size: number): ArrowContent {
  let fault: unknown;
  // What Arrow needs of a file handle.
  const handle = {
    fd: 0,
    stat: async () => ({ size }),
    read: async (buffer: Uint8Array, offset: number, length: number, position: number) => {
      // Places come from the file, and a damaged one may ask for more than there is.
      if (position < 0 || position + length > size) throw new Error(`there are no bytes at ${position}`);
      try {
        buffer.set(new Uint8Array(await bytes.slice(position, position + length)), offset);
      } catch (error) {
        fault = error;
        throw error;
      }
      return { bytesRead: length, buffer };
    },
    close: async () => undefined,
  };
  return { input: handle as unknown as FileHandle, fault: () => fault, isWhole: () => true };
}

function streamContent(bytes: Bytes, start: number): ArrowContent {
  let fault: unknown;
  let isExhausted = false;
  let tail = Buffer.alloc(0);
  async function* watch(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of bytes.chunks(start)) {
        tail = Buffer.concat([tail, chunk.subarray(-END.length)]).subarray(-END.length);
        // A copy: the reader keeps what it is given.
        yield Uint8Array.from(chunk);
      }
    } catch (error) {
      fault = error;
      throw error;
    }
    isExhausted = true;
  }
  return {
    input: watch() as unknown as FileHandle,
    fault: () => fault,
    // The reader stops at the mark; it asks for more only where there is none.
    isWhole: () => !isExhausted || tail.equals(END),
  };
}

async function inMemory(location: string, source: ByteSource, compression: Compression): Promise<Bytes> {
  try {
    const bytes = await decompressWhole(location, source, compression);
    return {
      size: bytes.length,
      slice: async (start, end) => Uint8Array.from(bytes.subarray(start, end)).buffer,
      chunks: async function* (start) {
        if (start < bytes.length) yield bytes.subarray(start);
      },
    };
  } catch (error) {
    if (!(error instanceof StreamDamage)) throw error;
    throw new CorpusError('damaged', `${shownLocation(location)}: ${error.message}`, { cause: error });
  }
}
