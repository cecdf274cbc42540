import type { ShardSource } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import { ByteCursor } from './bytes/byte-cursor.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { decompressedChunks } from './bytes/decompress.ts';
import { shownLocation } from './bytes/shown-location.ts';
import { StreamDamage } from './bytes/stream-damage.ts';
import { mdsValue } from './mds-values.ts';
import { RawBatch, type RawRecords } from './raw-record.ts';
import { tooLong } from './read-lines.ts';
import type { ReadState } from './read-options.ts';
import { handOver } from './text-chunks.ts';

/** What the head of a shard says of its columns. */
interface MdsColumns {
  readonly names: readonly string[];
  readonly encodings: readonly string[];
  /** Bytes of a value; null where each says. */
  readonly sizes: readonly (number | null)[];
}

const MAX_HEAD_BYTES = 256 * 2 ** 20;

/**
 * Reads a shard of MosaicML Streaming (MDS): its number of samples, where each starts, a description as JSON, the samples.
 *
 * @throws {CorpusError} `damaged` if it is none.
 */
export function readMds(shard: ShardSource, source: ByteSource, reading: ReadState): RawRecords {
  const batch = new RawBatch();
  return handOver(batch, cutSamples(shard, source, batch, reading));
}

async function* cutSamples(
  shard: ShardSource,
  source: ByteSource,
  batch: RawBatch,
  reading: ReadState,
): AsyncGenerator<void> {
  const cursor = new ByteCursor(decompressedChunks(source, shard.reading.compression));
  try {
    const { starts, columns } = await readHead(shard.location, cursor);
    for (let i = 0; i + 1 < starts.length; i++) {
      const [start = 0, end = 0] = starts.slice(i, i + 2);
      const byteOffset = cursor.offset;
      if (start !== byteOffset || end < start)
        throw new StreamDamage('its samples are out of order', byteOffset);
      if (end - start > reading.maxRecordBytes) {
        await cursor.skip(end - start);
        batch.refuse({ byteOffset }, tooLong(reading));
        continue;
      }
      const sample = await cursor.take(end - start);
      if (sample.length < end - start) throw new StreamDamage('a sample is cut short', byteOffset);
      if (reading.skip.has(batch.record)) {
        batch.record++;
        continue;
      }
      const value = parseSample(sample, columns);
      if (value === undefined)
        batch.refuse({ byteOffset }, { code: 'damaged', message: 'the sample is damaged' });
      else batch.add({ byteOffset }, value, sample.length);
      if (batch.isFull) yield;
    }
  } finally {
    await cursor.close();
  }
}

async function readHead(
  location: string,
  cursor: ByteCursor,
): Promise<{ starts: readonly number[]; columns: MdsColumns }> {
  const damaged = (): CorpusError =>
    new CorpusError(
      'damaged',
      `${shownLocation(location)}: is no shard of MosaicML Streaming that can be read`,
    );
  const first = await cursor.take(4);
  if (first.length < 4) throw damaged();
  const count = first.readUInt32LE();
  if (4 * count > MAX_HEAD_BYTES) throw damaged();
  const places = await cursor.take(4 * (count + 1));
  if (places.length < 4 * (count + 1)) throw damaged();
  const starts = Array.from({ length: count + 1 }, (_, i) => places.readUInt32LE(4 * i));
  const length = (starts[0] ?? 0) - cursor.offset;
  if (length < 2 || length > MAX_HEAD_BYTES) throw damaged();
  try {
    const text = (await cursor.take(length)).toString('utf8');
    const head = JSON.parse(text) as Record<string, unknown>;
    const { column_names: names, column_encodings: encodings, column_sizes: sizes } = head;
    if (!Array.isArray(names) || !Array.isArray(encodings) || !Array.isArray(sizes)) throw damaged();
    return { starts, columns: { names: names.map(String), encodings: encodings.map(String), sizes } };
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged();
    throw error;
  }
}

/** Takes a sample apart: sizes of the values that have no fixed one, then the values. */
function parseSample(
  bytes: Buffer,
  { names, encodings, sizes }: MdsColumns,
): Record<string, unknown> | undefined {
  const value: Record<string, unknown> = {};
  const open = sizes.filter((size) => size === null).length;
  let sizeAt = 0;
  let at = 4 * open;
  if (bytes.length < at) return undefined;
  for (const [i, name] of names.entries()) {
    let size = sizes[i] ?? null;
    if (size === null) {
      size = bytes.readUInt32LE(sizeAt);
      sizeAt += 4;
    }
    if (at + size > bytes.length) return undefined;
    value[name] = mdsValue(bytes.subarray(at, at + size), encodings[i] ?? '');
    at += size;
  }
  return value;
}
