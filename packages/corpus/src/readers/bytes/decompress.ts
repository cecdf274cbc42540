import type { Compression } from '../../documents/layout.ts';
import { CorpusError } from '../../errors.ts';
import { bunzip2 } from './bunzip2.ts';
import type { ByteSource } from './byte-source.ts';
import { gunzip } from './gunzip.ts';
import { shownLocation } from './shown-location.ts';
import { unxz } from './unxz.ts';
import { unzstd } from './unzstd.ts';

/** Formats that need all of a file at once are decompressed into memory up to this size. */
const MAX_MEMORY_BYTES = 512 * 2 ** 20;

/** Yields a file's bytes from its start, after decompression. */
export function decompressedChunks(source: ByteSource, compression: Compression): AsyncGenerator<Buffer> {
  const chunks = source.chunks(0);
  switch (compression) {
    case 'none':
      return chunks;
    case 'gzip':
      return gunzip(chunks, (bytes) => {
        source.leftOver = bytes;
      });
    case 'zstd':
      return unzstd(chunks);
    case 'bzip2':
      return bunzip2(chunks);
    case 'xz':
      return unxz(chunks);
  }
}

/**
 * Decompresses a file into memory.
 *
 * @throws {CorpusError} if it is larger than 512 MiB then.
 * @throws {StreamDamage} if the data is cut off or damaged.
 */
export async function decompressWhole(
  location: string,
  source: ByteSource,
  compression: Compression,
): Promise<Buffer<ArrayBuffer>> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const chunk of decompressedChunks(source, compression)) {
    size += chunk.length;
    if (size > MAX_MEMORY_BYTES)
      throw new CorpusError(
        'unsupported',
        `${shownLocation(location)}: is larger than 512 MiB when decompressed, and its format cannot be read piece by piece; decompress it first`,
      );
    pieces.push(Buffer.from(chunk));
  }
  return Buffer.concat(pieces);
}
