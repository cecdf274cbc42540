import type { ShardSource } from '../../documents/layout.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { decompressedChunks } from '../bytes/decompress.ts';
import { RawBatch, type RawRecords } from '../raw-record.ts';
import type { ReadState } from '../read-options.ts';
import { handOver } from '../text-chunks.ts';
import { idChunks, type StoredIds } from './id-chunks.ts';
import type { IdType } from './id-types.ts';

/** Documents so long are cut, if the plan says nothing else. */
export const LONG_PIECE_TOKENS = 65_536;

/**
 * Reads a file of token ids: a document ends before the id that ends documents.
 *
 * A document is cut at a multiple of `pieceTokens` from the start of the file if at least so many of its tokens come before it. So the tokens just before a shard tell what starts in it, however long the documents are.
 * Documents without tokens are none.
 */
export function readBin(shard: ShardSource, source: ByteSource, reading: ReadState): RawRecords {
  const batch = new RawBatch();
  return handOver(batch, cutDocuments(shard, source, batch, reading));
}

async function* cutDocuments(
  shard: ShardSource,
  source: ByteSource,
  batch: RawBatch,
  reading: ReadState,
): AsyncGenerator<void> {
  const { compression, idBytes, endOfText, pieceTokens = LONG_PIECE_TOKENS } = shard.reading;
  if (idBytes === undefined) throw new TypeError('"idBytes" expected 2 or 4 for a bin file, got undefined');
  const { start, end } = shard.range ?? { start: 0, end: Number.POSITIVE_INFINITY };
  const first = Math.ceil(start / idBytes);
  const last = Math.ceil(end / idBytes);
  const from = Math.max(0, first - pieceTokens);
  const chunks =
    compression === 'none' ? source.chunks(from * idBytes) : decompressedChunks(source, compression);
  const type = { bytes: idBytes, isSigned: false } as const;
  yield* cutIds(chunks, { type, endOfText, pieceTokens, start: 0, from, first, last }, batch, reading);
}

/** Which of a run of token ids are cut into documents; all but `start` in ids. */
export interface IdRun {
  readonly type: IdType;
  readonly endOfText: number | undefined;
  /** Documents are cut at multiples of it that have so many of their tokens before them. */
  readonly pieceTokens: number;
  /** Bytes of the file before its first id. */
  readonly start: number;
  /** The number of the run's first id. */
  readonly from: number;
  /** Documents count that start from here on, */
  readonly first: number;
  /** and before this. */
  readonly last: number;
}

/** Cuts token ids into documents; yields whenever the batch is full. */
export async function* cutIds(
  chunks: AsyncIterable<Buffer>,
  { type, endOfText, pieceTokens, start, from, first, last }: IdRun,
  batch: RawBatch,
  reading: ReadState,
): AsyncGenerator<void> {
  const idBytes = type.bytes;
  const cutter = new DocumentCutter({ from, last, endOfText, pieceTokens }, (at, ids) => {
    if (at < first) return;
    // Passed over without a copy of its tokens.
    if (reading.skip.has(batch.record)) batch.record++;
    else batch.add({ byteOffset: start + at * idBytes }, joinIds(ids), 4 * countIds(ids));
  });
  for await (const { ids, rest } of idChunks(chunks, type)) {
    for (let at = 0; at < ids.length && !cutter.isDone; ) {
      at = cutter.add(ids, at);
      if (batch.isFull) yield;
    }
    if (cutter.isDone) return;
    if (rest === 0) {
      cutter.keepOpen();
      continue;
    }
    cutter.finish();
    if (cutter.position >= first && cutter.position < last)
      batch.refuse(
        { byteOffset: start + cutter.position * idBytes },
        { code: 'damaged', message: `the file ends with ${rest} bytes of a token id of ${idBytes}` },
      );
    return;
  }
  cutter.finish();
}

/** Cuts a run of token ids into documents. */
class DocumentCutter {
  /** Number of the next token, from the start of the file. */
  position: number;
  /** Whether the next document starts where no more are wanted. */
  isDone = false;
  readonly #last: number;
  readonly #endOfText: number | undefined;
  readonly #pieceTokens: number;
  readonly #emit: (start: number, ids: readonly StoredIds[]) => void;
  /** Where the present run of tokens without an end began, as far as is known. */
  #runStart: number;
  #start: number | undefined;
  #pieces: StoredIds[] = [];

  constructor(
    { from, last, endOfText, pieceTokens }: Pick<IdRun, 'from' | 'last' | 'endOfText' | 'pieceTokens'>,
    emit: (start: number, ids: readonly StoredIds[]) => void,
  ) {
    this.position = from;
    this.#runStart = from;
    this.#last = last;
    this.#endOfText = endOfText;
    this.#pieceTokens = pieceTokens;
    this.#emit = emit;
  }

  /** Takes token ids from one index to the end of a document or of the ids, and gives the index of the next. */
  add(ids: StoredIds, from: number): number {
    if (this.#start === undefined) {
      if (this.position >= this.#last) {
        this.isDone = true;
        return from;
      }
      this.#start = this.position;
    }
    const found = this.#endOfText === undefined ? -1 : ids.indexOf(this.#endOfText, from);
    const endOfText = found < 0 ? ids.length : found;
    const cut = from + this.#nextCut() - this.position;
    const to = Math.min(endOfText, cut);
    if (to > from) this.#pieces.push(ids.subarray(from, to));
    this.position += to - from;
    if (to === cut) {
      this.finish();
    } else if (to < ids.length) {
      this.finish();
      this.position++;
      this.#runStart = this.position;
      return to + 1;
    }
    return to;
  }

  /** Ends the present document. */
  finish(): void {
    if (this.#start !== undefined && this.#pieces.length > 0) this.#emit(this.#start, this.#pieces);
    this.#pieces = [];
    this.#start = undefined;
  }

  /** Copies what belongs to the present document, before the memory of its ids is used again. */
  keepOpen(): void {
    if (this.#pieces.length > 0) this.#pieces = [joinIds(this.#pieces)];
  }

  #nextCut(): number {
    const piece = this.#pieceTokens;
    const earliest = Math.max(this.#runStart + piece, this.position + 1);
    return Math.ceil(earliest / piece) * piece;
  }
}

function countIds(pieces: readonly StoredIds[]): number {
  return pieces.reduce((count, { length }) => count + length, 0);
}

function joinIds(pieces: readonly StoredIds[]): Uint32Array {
  const ids = new Uint32Array(countIds(pieces));
  let at = 0;
  for (const piece of pieces) {
    ids.set(piece, at);
    at += piece.length;
  }
  return ids;
}
