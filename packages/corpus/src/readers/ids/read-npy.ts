import type { ShardSource } from '../../documents/layout.ts';
import { CorpusError } from '../../errors.ts';
import { ByteCursor } from '../bytes/byte-cursor.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { decompressedChunks } from '../bytes/decompress.ts';
import { shownLocation } from '../bytes/shown-location.ts';
import { RawBatch, type RawRecords } from '../raw-record.ts';
import type { ReadState } from '../read-options.ts';
import { handOver } from '../text-chunks.ts';
import { type IdType, idsOf, NUMPY_TYPES } from './id-types.ts';
import { cutIds, LONG_PIECE_TOKENS } from './read-bin.ts';

/** What the header of an array of NumPy says. */
export interface NpyHeader {
  readonly type: IdType;
  readonly shape: readonly number[];
  /** Bytes of the header. */
  readonly length: number;
}

const MAGIC = '\x93NUMPY';

/**
 * Reads the header of an array of token ids (NumPy Enhancement Proposal 1).
 *
 * @throws {CorpusError} `damaged` if it is none, `unsupported` if it holds no integers, or more than two dimensions.
 */
export async function readNpyHeader(location: string, cursor: ByteCursor): Promise<NpyHeader> {
  const shown = shownLocation(location);
  const start = await cursor.take(8);
  if (start.toString('latin1', 0, 6) !== MAGIC)
    throw new CorpusError('damaged', `${shown}: is not a NumPy array`);
  const sizeBytes = start[6] === 1 ? 2 : 4;
  const size = await cursor.take(sizeBytes);
  const length = size.length < sizeBytes ? 0 : sizeBytes === 2 ? size.readUInt16LE() : size.readUInt32LE();
  const text = (await cursor.take(Math.min(length, 2 ** 20))).toString('latin1');
  const [, descr] = /'descr'\s*:\s*'([^']*)'/.exec(text) ?? [];
  const [, shapeText] = /'shape'\s*:\s*\(([^)]*)\)/.exec(text) ?? [];
  if (shapeText === undefined) throw new CorpusError('damaged', `${shown}: has no header that can be read`);
  const type = NUMPY_TYPES.get(descr ?? '');
  const shape = shapeText.split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part)]));
  const isTurned = shape.length > 1 && /'fortran_order'\s*:\s*True/.test(text);
  if (type === undefined || shape.length > 2 || shape.length === 0 || isTurned)
    throw new CorpusError(
      'unsupported',
      `${shown}: is not a list or table of integers in row order; write it anew with numpy.ascontiguousarray(ids).astype("uint32")`,
    );
  return { type, shape, length: 8 + sizeBytes + length };
}

/** Reads an array of token ids: a row is a document; of a list without rows, what ends documents cuts it. */
export function readNpy(shard: ShardSource, source: ByteSource, reading: ReadState): RawRecords {
  const batch = new RawBatch();
  return handOver(batch, cutArray(shard, source, batch, reading));
}

async function* cutArray(
  shard: ShardSource,
  source: ByteSource,
  batch: RawBatch,
  reading: ReadState,
): AsyncGenerator<void> {
  const cursor = new ByteCursor(decompressedChunks(source, shard.reading.compression));
  try {
    const { type, shape, length } = await readNpyHeader(shard.location, cursor);
    const [rows = 0, columns] = shape;
    if (columns === undefined) {
      const { endOfText, pieceTokens = LONG_PIECE_TOKENS } = shard.reading;
      const rest = cursor.stream(rows * type.bytes);
      yield* cutIds(
        rest,
        { type, endOfText, pieceTokens, start: length, from: 0, first: 0, last: rows },
        batch,
        reading,
      );
      if (cursor.offset < length + rows * type.bytes) refuseRest(cursor.offset);
      return;
    }
    for (let row = 0; row < rows; row++) {
      const byteOffset = cursor.offset;
      const bytes = await cursor.take(columns * type.bytes);
      if (bytes.length < columns * type.bytes) {
        refuseRest(byteOffset);
        return;
      }
      if (reading.skip.has(batch.record)) batch.record++;
      else batch.add({ byteOffset }, idsOf(bytes, type), 4 * columns);
      if (batch.isFull) yield;
    }
  } finally {
    await cursor.close();
  }

  function refuseRest(byteOffset: number): void {
    batch.refuse({ byteOffset }, { code: 'damaged', message: 'the array is cut short' });
  }
}
