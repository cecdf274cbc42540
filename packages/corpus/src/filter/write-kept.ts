import { createWriteStream } from 'node:fs';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { nameFile, syncFile } from '@countermark/host';
import type { Compression } from '../documents/layout.ts';
import type { Cut } from './cuts.ts';

/**
 * Writes a file's content without what is cut out of it, compressed as the file was, and flushes it.
 *
 * @param content   of the file, after decompression.
 * @param temporary where it goes.
 * @param path      that errors name.
 * @throws {Error} the system's.
 */
export async function writeKept(
  content: AsyncIterable<Buffer>,
  cuts: readonly Cut[],
  compression: Compression,
  temporary: string,
  path: string,
): Promise<void> {
  const kept = withoutCuts(content, cuts);
  const written = compression === 'zstd' ? zstd(kept) : kept;
  const compressors: Transform[] = compression === 'gzip' ? [createGzip()] : [];
  try {
    const streams = [Readable.from(written), ...compressors, createWriteStream(temporary, { flags: 'wx' })];
    await pipeline(streams);
    await syncFile(temporary);
  } catch (error) {
    throw nameFile(error, path);
  }
}

async function* withoutCuts(content: AsyncIterable<Buffer>, cuts: readonly Cut[]): AsyncGenerator<Buffer> {
  let next = 0;
  let offset = 0;
  for await (const chunk of content) {
    const end = offset + chunk.length;
    let at = offset;
    while (at < end) {
      const cut = cuts[next];
      const to = Math.min(end, Math.max(at, cut?.start ?? end));
      // A copy, since the chunk's memory is used again.
      if (to > at) yield Buffer.from(chunk.subarray(at - offset, to - offset));
      at = to;
      if (at === end || cut === undefined) continue;
      at = Math.min(end, cut.end);
      if (at === cut.end) next++;
    }
    offset = end;
  }
}

// One frame: some readers stop after the first.
async function* zstd(content: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const { Zstd } = await import('@hpcc-js/wasm-zstd');
  const compressor = await Zstd.load();
  compressor.reset();
  for await (const chunk of content) {
    const bytes = compressor.compressChunk(chunk);
    if (bytes.length > 0) yield bytes;
  }
  yield compressor.compressEnd();
}
