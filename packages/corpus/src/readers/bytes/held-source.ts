import type { ReadState } from '../read-options.ts';
import type { ByteSource } from './byte-source.ts';
import { endsEarly } from './local-source.ts';

/**
 * A small file of this machine that was read whole, as it is read from its place: with the same counts, and the same failures.
 *
 * @param bytes all of it. Not copied: whoever reads must not write to it.
 */
export function heldSource(path: string, bytes: Buffer, reading: ReadState): ByteSource {
  const size = bytes.length;
  const taken = (start: number, end: number): Buffer => {
    reading.signal?.throwIfAborted();
    if (end > size) throw endsEarly(path, size);
    reading.addBytes(Math.max(0, end - start));
    return bytes.subarray(start, end);
  };
  return {
    size,
    async *chunks(start, end = size) {
      for (let at = start; at < end; at += reading.chunkBytes) {
        yield taken(at, Math.min(end, at + reading.chunkBytes));
      }
    },
    slice: async (start, end) => Uint8Array.from(taken(start, end)).buffer,
    close: async () => undefined,
  };
}
