import { isUtf8 } from 'node:buffer';
import type { ShardSource } from '../documents/layout.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { textContent } from './bytes/text-content.ts';
import { isBlank, type Line, lineBounds } from './line-splitter.ts';
import { RawBatch, type RawRecords } from './raw-record.ts';
import { NOT_UTF8_REFUSAL, shardLines, tooLong } from './read-lines.ts';
import type { ReadState } from './read-options.ts';
import { handOver } from './text-chunks.ts';

const LINE_FEED = Buffer.from('\n');

/** Reads a text file as one document, or as one a paragraph; a text is taken as it stands, with its line ends. */
export function readText(shard: ShardSource, source: ByteSource, reading: ReadState): RawRecords {
  const batch = new RawBatch();
  const collector = new TextCollector(batch, reading);
  if (shard.reading.textSplit === 'blank-lines') {
    return handOver(
      batch,
      cutParagraphs(shardLines(shard, source, reading), collector),
      () => collector.lines,
    );
  }
  return handOver(batch, takeWhole(textContent(source, shard.reading), collector));
}

async function* cutParagraphs(blocks: AsyncIterable<Line[]>, collector: TextCollector): AsyncGenerator<void> {
  for await (const lines of blocks) {
    for (const line of lines) {
      const { start, end } = lineBounds(line);
      if (!line.tooLong && isBlank(line.buffer, start, end)) {
        collector.finish();
      } else {
        collector.begin(line.offset);
        if (line.tooLong) collector.giveUp();
        // Only copies outlive the chunk.
        else collector.add(Buffer.from(line.buffer.subarray(start, end)), line.end > end ? '\r' : '');
      }
      collector.lines++;
      if (collector.isFull) yield;
    }
  }
  collector.finish();
}

async function* takeWhole(chunks: AsyncIterable<Buffer>, collector: TextCollector): AsyncGenerator<void> {
  for await (const chunk of chunks) {
    collector.begin(0);
    collector.add(Buffer.from(chunk), undefined);
  }
  collector.finish();
  if (collector.isFull) yield;
}

/** Collects the pieces of one text after another, and holds no more than one may be long. */
class TextCollector {
  /** Lines so far. */
  lines = 0;
  readonly #batch: RawBatch;
  readonly #reading: ReadState;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #place: { line: number; byteOffset: number } | undefined;
  #tooLong = false;
  #lineEnd: Buffer | undefined;

  constructor(batch: RawBatch, reading: ReadState) {
    this.#batch = batch;
    this.#reading = reading;
  }

  get isFull(): boolean {
    return this.#batch.isFull;
  }

  /** Begins a text here, unless one has begun. */
  begin(byteOffset: number): void {
    this.#place ??= { line: this.lines, byteOffset };
  }

  /**
   * Adds a piece.
   *
   * @param carriageReturn what stands before the line feed, if a line feed comes before the next piece.
   */
  add(piece: Buffer, carriageReturn: string | undefined): void {
    if (this.#lineEnd !== undefined) this.#push(this.#lineEnd);
    this.#push(piece);
    if (carriageReturn !== undefined) this.#lineEnd = carriageReturn === '' ? LINE_FEED : Buffer.from('\r\n');
  }

  /** Makes the text too long. */
  giveUp(): void {
    this.#tooLong = true;
    this.#pieces = [];
  }

  /** Makes a record of what there is. */
  finish(): void {
    if (this.#place === undefined) return;
    const batch = this.#batch;
    const bytes = Buffer.concat(this.#pieces);
    const start = this.#place.byteOffset === 0 && isMarked(bytes) ? 3 : 0;
    if (this.#tooLong) batch.refuse(this.#place, tooLong(this.#reading));
    else if (!isUtf8(bytes)) batch.refuse(this.#place, NOT_UTF8_REFUSAL);
    else if (bytes.length > start) batch.add(this.#place, bytes.toString('utf8', start), bytes.length);
    this.#pieces = [];
    this.#bytes = 0;
    this.#place = undefined;
    this.#tooLong = false;
    this.#lineEnd = undefined;
  }

  #push(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#reading.maxRecordBytes) this.giveUp();
    if (!this.#tooLong) this.#pieces.push(piece);
  }
}

/** Whether a text starts with a byte order mark, which is none of its characters. */
function isMarked(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
