import { isBlank, lineBounds, splitLines } from '../readers/line-splitter.ts';
import type { Refusal } from '../readers/raw-record.ts';
import { parseJsonLine, tooLong } from '../readers/read-lines.ts';

/** A line of a stream: its value, or why there is none. */
export type StreamRecord =
  | {
      readonly value: unknown;
      /** The line as it stands, where it came from one. */
      readonly line?: string;
      readonly refusal?: undefined;
    }
  | { readonly refusal: Refusal };

/** The longest line that is held. */
const MAX_LINE_BYTES = 64 * 2 ** 20;

/**
 * Reads JSON lines from a stream, one record each; blank lines are left out. Nothing is read ahead of who takes them.
 *
 * @param chunks of bytes: a readable stream of Node, or any other.
 */
export async function* readJsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamRecord> {
  const range = { offset: 0, midLine: false, end: Number.POSITIVE_INFINITY, maxLineBytes: MAX_LINE_BYTES };
  for await (const lines of splitLines(asBuffers(chunks), range)) {
    for (const line of lines) {
      if (line.tooLong) {
        yield { refusal: tooLong({ maxRecordBytes: MAX_LINE_BYTES }) };
        continue;
      }
      const { start, end } = lineBounds(line);
      if (isBlank(line.buffer, start, end)) continue;
      const parsed = parseJsonLine(line.buffer, start, end);
      yield 'refusal' in parsed ? parsed : { ...parsed, line: line.buffer.toString('utf8', start, end) };
    }
  }
}

async function* asBuffers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
