import type { Compression, FileLayout, ShardSource } from '../documents/layout.ts';
import { readArchive } from '../readers/archives/read-archive.ts';
import type { ByteSource } from '../readers/bytes/byte-source.ts';
import { decompressedChunks } from '../readers/bytes/decompress.ts';
import { type OpenSource, openSource } from '../readers/bytes/open-source.ts';
import { StreamDamage } from '../readers/bytes/stream-damage.ts';
import type { RawRecord, RawRecords } from '../readers/raw-record.ts';
import { beginRead, type ReadState } from '../readers/read-options.ts';
import { rawRecords } from '../readers/read-shard.ts';

/** A sample is at its end after so many records or bytes of the file. */
const SAMPLE_RECORDS = 100;
const SAMPLE_BYTES = 32 * 2 ** 20;

/** Reads are short: only the start is wanted. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Reads the start of a file.
 *
 * @param bytes how much, after decompression, if there is so much.
 * @throws {CorpusError} if the file cannot be read.
 */
export async function readHead(
  location: string,
  compression: Compression,
  bytes: number,
  open: OpenSource = openSource,
): Promise<Buffer> {
  const source = await open(location, beginRead({ chunkBytes: CHUNK_BYTES }));
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of decompressedChunks(source, compression)) {
      pieces.push(Buffer.from(chunk));
      length += chunk.length;
      if (length >= bytes) break;
    }
  } catch (error) {
    // What comes before the damage is the start all the same.
    if (!(error instanceof StreamDamage)) throw error;
  } finally {
    await source.close();
  }
  return Buffer.concat(pieces).subarray(0, bytes);
}

/**
 * Reads the first records of a file, with all their fields.
 *
 * @throws {CorpusError} if the file cannot be read.
 */
export async function readSample(
  location: string,
  reading: FileLayout,
  open: OpenSource = openSource,
): Promise<RawRecord[]> {
  const running = beginRead({ chunkBytes: CHUNK_BYTES });
  const source = await open(location, running);
  let records: RawRecords | undefined;
  const sample: RawRecord[] = [];
  try {
    records = await sampleRecords({ location, reading }, source, running);
    for (;;) {
      const next = await records.next();
      if (next.done) break;
      for (const record of next.value) sample.push(record);
      if (sample.length >= SAMPLE_RECORDS || running.bytes() >= SAMPLE_BYTES) break;
    }
  } finally {
    try {
      await records?.return({ records: 0 });
    } finally {
      await source.close();
    }
  }
  return sample.slice(0, SAMPLE_RECORDS);
}

// With all fields, where a scan would read those that it needs.
async function sampleRecords(
  shard: ShardSource,
  source: ByteSource,
  running: ReadState,
): Promise<RawRecords> {
  switch (shard.reading.format) {
    case 'parquet': {
      const { readParquet } = await import('../readers/read-parquet.ts');
      return readParquet(shard, source, running, SAMPLE_RECORDS);
    }
    case 'arrow': {
      const { readArrow } = await import('../readers/arrow/read-arrow.ts');
      return readArrow(shard, source, running, true);
    }
    case 'tar':
    case 'zip':
      return readArchive(shard, source, running, sampleRecords);
    default:
      return rawRecords(shard, source, running);
  }
}
