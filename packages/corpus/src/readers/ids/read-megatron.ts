import type { ShardSource } from '../../documents/layout.ts';
import { CorpusError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { openSource } from '../bytes/open-source.ts';
import { shownLocation } from '../bytes/shown-location.ts';
import { RawBatch, type RawRecords } from '../raw-record.ts';
import type { ReadState } from '../read-options.ts';
import { type IdType, idsOf, MEGATRON_TYPES } from './id-types.ts';

const MAGIC = 'MMIDIDX\0\0';
/** Magic, version, type, and the numbers of sequences and documents. */
const HEAD_BYTES = 34;
/** Documents whose places are in memory at a time. */
const BLOCK = 65_536;

/** What an index of Megatron says of the file beside it. */
export interface MegatronIndex {
  readonly type: IdType;
  readonly sequences: number;
  /** One more than there are documents: where each begins, and the end of the last, in sequences. */
  readonly bounds: number;
}

/** Where the index of a file of token ids is. */
export function indexOf(location: string): string {
  return location.replace(/\.bin$/i, '.idx');
}

/**
 * Reads the head of an index.
 *
 * @returns undefined if it is none of Megatron's.
 * @throws {CorpusError} `unsupported` if its ids are no integers, `damaged` if it is cut short.
 */
export async function readMegatronHead(
  location: string,
  source: ByteSource,
): Promise<MegatronIndex | undefined> {
  const shown = shownLocation(location);
  const { size = 0 } = source;
  if (size < HEAD_BYTES) return undefined;
  const head = Buffer.from(await source.slice(0, HEAD_BYTES));
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const type = MEGATRON_TYPES.get(head[17] ?? 0);
  if (type === undefined)
    throw new CorpusError('unsupported', `${shown}: is an index of numbers that are not token ids`);
  const sequences = Number(head.readBigUInt64LE(18));
  const bounds = Number(head.readBigUInt64LE(26));
  if (size < HEAD_BYTES + 12 * sequences + 8 * bounds)
    throw new CorpusError('damaged', `${shown}: is cut short`);
  return { type, sequences, bounds };
}

/**
 * Reads documents of token ids where an index beside the file says that they are.
 *
 * @throws {CorpusError} if the index cannot be read.
 */
export async function* readMegatron(shard: ShardSource, source: ByteSource, reading: ReadState): RawRecords {
  const location = indexOf(shard.location);
  const index = await openSource(location, reading);
  const batch = new RawBatch();
  try {
    const head = await readMegatronHead(location, index);
    if (head === undefined)
      throw new CorpusError('damaged', `${shownLocation(location)}: is not an index of Megatron`);
    const { type, sequences, bounds } = head;
    const [sizesAt, placesAt] = [HEAD_BYTES, HEAD_BYTES + 4 * sequences];
    const boundsAt = placesAt + 8 * sequences;
    for (let block = 0; block + 1 < bounds; block += BLOCK) {
      const count = Math.min(BLOCK, bounds - 1 - block);
      const starts = await longs(boundsAt + 8 * block, count + 1);
      const first = starts[0] ?? 0;
      const last = starts[count] ?? first;
      if (!(first >= 0 && last >= first && last <= sequences))
        throw new CorpusError('damaged', `${shownLocation(location)}: its documents are out of order`);
      const sizes = Buffer.from(await index.slice(sizesAt + 4 * first, sizesAt + 4 * last));
      const places = await longs(placesAt + 8 * first, last - first);
      for (let i = 0; i < count; i++) {
        const [from, to] = [starts[i] ?? first, starts[i + 1] ?? last];
        if (reading.skip.has(batch.record)) batch.record++;
        else await addDocument(from - first, to - first, sizes, places, type);
        if (batch.isFull) yield batch.take();
      }
    }
    if (!batch.isEmpty) yield batch.take();
    return { records: batch.record };
  } finally {
    await index.close();
  }

  async function longs(at: number, count: number): Promise<number[]> {
    const bytes = Buffer.from(await index.slice(at, at + 8 * count));
    return Array.from({ length: count }, (_, i) => Number(bytes.readBigInt64LE(8 * i)));
  }

  // Sequences of a document lie one after another, but nothing says that they have to.
  async function addDocument(
    from: number,
    to: number,
    sizes: Buffer,
    places: readonly number[],
    type: IdType,
  ): Promise<void> {
    const byteOffset = places[from] ?? 0;
    const pieces: Uint32Array[] = [];
    for (let i = from; i < to; i++) {
      const [start, length] = [places[i] ?? 0, sizes.readInt32LE(4 * i) * type.bytes];
      const isThere = start >= 0 && length >= 0 && start + length <= (source.size ?? 0);
      if (!isThere) {
        batch.refuse(
          { byteOffset },
          { code: 'damaged', message: 'the index leads beyond the end of the file' },
        );
        return;
      }
      if (length > reading.maxRecordBytes) {
        batch.refuse(
          { byteOffset },
          { code: 'too-long', message: `the record is longer than ${reading.maxRecordBytes} bytes` },
        );
        return;
      }
      pieces.push(idsOf(new Uint8Array(await source.slice(start, start + length)), type));
    }
    const ids = new Uint32Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      ids.set(piece, at);
      at += piece.length;
    }
    batch.add({ byteOffset }, ids, 4 * ids.length);
  }
}
