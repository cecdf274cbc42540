import type { Compression } from '../../documents/layout.ts';
import { CorpusError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { decompressWhole } from '../bytes/decompress.ts';
import { shownLocation } from '../bytes/shown-location.ts';
import { StreamDamage } from '../bytes/stream-damage.ts';

/** What an IPC file, unlike a stream, starts and ends with; at its start, padded to eight bytes. */
const MAGIC: Buffer = Buffer.from('ARROW1');
const MAGIC_BYTES = 8;

/** An Arrow IPC file or stream. */
export interface ArrowContent {
  /** Of a file, what its footer holds; a stream, or a file that was cut short, has none. */
  readonly footer: Buffer | undefined;
  /** The stream's bytes, from its first message on. */
  readonly chunks: () => AsyncIterable<Buffer>;
  /** Bytes of a file. */
  readonly slice: (start: number, end: number) => Promise<Buffer>;
  /** Why the file could not be read, if reading it failed: no fault of its content. */
  readonly fault: () => unknown;
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
  let fault: unknown;
  const slice = async (start: number, end: number): Promise<Buffer> => {
    // Places come from the file, and a damaged one may ask for more than there is.
    if (start < 0 || end > size || start > end) throw new Error(`there are no bytes ${start} to ${end}`);
    try {
      return Buffer.from(await bytes.slice(start, end));
    } catch (error) {
      fault = error;
      throw error;
    }
  };
  const isFile = size >= MAGIC.length && (await slice(0, MAGIC.length)).equals(MAGIC);
  const start = isFile ? MAGIC_BYTES : 0;
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      if (start < size || bytes.size === undefined) yield* bytes.chunks(start);
    } catch (error) {
      fault = error;
      throw error;
    }
  }
  const footer = isFile ? await footerOf(size, slice) : undefined;
  return { footer, chunks, slice, fault: () => fault };
}

async function footerOf(
  size: number,
  slice: (start: number, end: number) => Promise<Buffer>,
): Promise<Buffer | undefined> {
  const endBytes = 4 + MAGIC.length;
  if (size < MAGIC_BYTES + endBytes) return undefined;
  const end = await slice(size - endBytes, size);
  if (!end.subarray(4).equals(MAGIC)) return undefined;
  const length = end.readInt32LE();
  return length > 0 ? slice(size - endBytes - length, size - endBytes) : undefined;
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
