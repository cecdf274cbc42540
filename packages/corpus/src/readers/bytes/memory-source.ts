import type { ByteSource } from './byte-source.ts';

/** Bytes in memory, as a file. */
export function memorySource(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    async *chunks(start, end = bytes.length) {
      if (start < end) yield bytes.subarray(start, end);
    },
    async slice(start, end) {
      return Uint8Array.from(bytes.subarray(start, end)).buffer;
    },
    close: async () => undefined,
  };
}
