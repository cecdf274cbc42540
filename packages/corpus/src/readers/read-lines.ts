import { isUtf8 } from 'node:buffer';
import { parseJsonExactly } from '@countermark/watermark';
import type { ShardSource } from '../documents/layout.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { textContent } from './bytes/text-content.ts';
import { isBlank, type Line, lineBounds, splitLines } from './line-splitter.ts';
import { RawBatch, type RawRecords, type Refusal } from './raw-record.ts';
import type { ReadState } from './read-options.ts';
import { handOver } from './text-chunks.ts';

/** Reads a line that is neither blank nor too long: its value, or what is wrong with it. */
export type LineParser = (
  buffer: Buffer,
  start: number,
  end: number,
) => { value: unknown } | { refusal: Refusal };

/** Refuses a record that is longer than what is read. */
export function tooLong(reading: Pick<ReadState, 'maxRecordBytes'>): Refusal {
  return { code: 'too-long', message: `the record is longer than ${reading.maxRecordBytes} bytes` };
}

/** Refuses a record whose bytes are no text. */
export const NOT_UTF8_REFUSAL: Refusal = { code: 'invalid-utf8', message: 'the record is not valid UTF-8' };

/** Parses a line as JSON. */
export const parseJsonLine: LineParser = (buffer, start, end) => {
  // Checked once the parser has refused it or has met a replacement character: most lines have neither.
  const text = buffer.toString('utf8', start, end);
  if (text.includes('\ufffd') && !isUtf8(buffer.subarray(start, end))) return { refusal: NOT_UTF8_REFUSAL };
  return parseJson(text);
};

/** A text of JSON, or one of the numbers that JSON has no word for and that Python writes all the same. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/** Parses JSON; integers beyond 2^53 come as bigint, with all their digits. `NaN`, `Infinity` and `-Infinity` are taken for null. */
export function parseJson(text: string): { value: unknown } | { refusal: Refusal } {
  try {
    return { value: parseJsonExactly(text) };
  } catch {
    if (/\b(?:NaN|Infinity)\b/.test(text)) {
      const plain = text.replace(TEXT_OR_NUMBER, (found) => (found.startsWith('"') ? found : 'null'));
      if (plain !== text) return parseJson(plain);
    }
    // The parser's own message quotes the record.
    return { refusal: { code: 'invalid-json', message: 'the record is not valid JSON' } };
  }
}

/** Takes a line as a text. */
export const parseTextLine: LineParser = (buffer, start, end) => {
  const text = buffer.toString('utf8', start, end);
  if (text.includes('\ufffd') && !isUtf8(buffer.subarray(start, end))) return { refusal: NOT_UTF8_REFUSAL };
  return { value: text };
};

/** Reads a shard of a file with one record a line; blank lines are no records. */
export function readLines(
  shard: ShardSource,
  source: ByteSource,
  reading: ReadState,
  parse: LineParser,
): RawRecords {
  const batch = new RawBatch();
  const cutter = new LineCutter(batch, reading, parse);
  return handOver(batch, cutter.cut(shardLines(shard, source, reading)), () => cutter.lines);
}

/** The lines that start in a shard. */
export function shardLines(
  shard: ShardSource,
  source: ByteSource,
  reading: ReadState,
): AsyncGenerator<Line[]> {
  const { range, reading: file } = shard;
  const { start, end } = range ?? { start: 0, end: Number.POSITIVE_INFINITY };
  // The byte before tells whether a line starts with the range.
  const offset = Math.max(0, start - 1);
  const chunks =
    file.compression === 'none' && file.encoding === undefined
      ? source.chunks(offset)
      : textContent(source, file);
  return splitLines(chunks, { offset, midLine: start > 0, end, maxLineBytes: reading.maxRecordBytes });
}

class LineCutter {
  /** Lines so far. */
  lines = 0;
  readonly #batch: RawBatch;
  readonly #reading: ReadState;
  readonly #parse: LineParser;

  constructor(batch: RawBatch, reading: ReadState, parse: LineParser) {
    this.#batch = batch;
    this.#reading = reading;
    this.#parse = parse;
  }

  async *cut(blocks: AsyncIterable<Line[]>): AsyncGenerator<void> {
    for await (const lines of blocks) {
      for (const line of lines) {
        this.#add(line);
        if (this.#batch.isFull) yield;
      }
    }
  }

  #add(line: Line): void {
    const place = { line: this.lines++, byteOffset: line.offset };
    const batch = this.#batch;
    if (line.tooLong) {
      batch.refuse(place, tooLong(this.#reading));
      return;
    }
    const { buffer } = line;
    const { start, end } = lineBounds(line);
    if (isBlank(buffer, start, end)) return;
    if (this.#reading.skip.has(batch.record)) {
      batch.record++;
      return;
    }
    const parsed = this.#parse(buffer, start, end);
    if ('refusal' in parsed) batch.refuse(place, parsed.refusal);
    else batch.add(place, parsed.value, end - start);
  }
}
