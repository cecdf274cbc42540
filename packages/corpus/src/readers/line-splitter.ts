/** Cuts chunks of bytes into lines. */

/** A line, without its line feed. */
export interface Line {
  /** Bytes that hold the line; only good until the next chunk is asked for. */
  readonly buffer: Buffer;
  /** The line is `[start, end)` of the buffer. */
  readonly start: number;
  readonly end: number;
  /** Where it starts in the file, in bytes. */
  readonly offset: number;
  /** Whether it was longer than is read; then the buffer is empty. */
  readonly tooLong: boolean;
  /** Whether a line feed ended it, rather than the end of the file. */
  readonly ended: boolean;
}

/** Which lines are wanted. */
export interface LineRange {
  /** Where the first chunk starts in the file, in bytes. */
  readonly offset: number;
  /** Whether what comes before the first line feed belongs to a line that started earlier. */
  readonly midLine: boolean;
  /** Lines that start here or later are not wanted. */
  readonly end: number;
  /** Longer lines are not held, in bytes. */
  readonly maxLineBytes: number;
}

const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * Yields the lines that end in each chunk, in order; the last one may lack its line feed.
 *
 * Only the line that runs on from one chunk to the next is copied; memory is bounded by the longest line that is wanted.
 * If the chunks end in an error, what there is of an unfinished line is not a line.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>, range: LineRange): AsyncGenerator<Line[]> {
  const { end, maxLineBytes } = range;
  let passing = range.midLine;
  let tooLong = false;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let lineOffset = range.offset;
  let chunkOffset = range.offset;
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let from = 0;
    while (from < chunk.length) {
      if (!passing && lineOffset >= end) break;
      const feed = chunk.indexOf(LINE_FEED, from);
      const to = feed < 0 ? chunk.length : feed;
      if (!passing) {
        const length = heldBytes + to - from;
        if (tooLong || length > maxLineBytes) {
          held = [];
          tooLong = true;
        }
        if (feed < 0) {
          // A copy, since the chunk's memory is used again.
          if (!tooLong) held.push(Buffer.from(chunk.subarray(from, to)));
          heldBytes = length;
        } else if (tooLong) {
          lines.push({ buffer: NOTHING, start: 0, end: 0, offset: lineOffset, tooLong, ended: true });
        } else if (heldBytes > 0) {
          held.push(chunk.subarray(from, to));
          lines.push(wholeLine(held, lineOffset, true));
        } else {
          lines.push({ buffer: chunk, start: from, end: to, offset: lineOffset, tooLong, ended: true });
        }
      }
      if (feed < 0) break;
      from = feed + 1;
      lineOffset = chunkOffset + from;
      passing = false;
      tooLong = false;
      held = [];
      heldBytes = 0;
    }
    chunkOffset += chunk.length;
    if (lines.length > 0) yield lines;
    // A line that starts after a feed at `end - 1` starts at `end`.
    if (passing ? chunkOffset >= end : lineOffset >= end) return;
  }
  if (heldBytes > 0) {
    yield [
      tooLong
        ? { buffer: NOTHING, start: 0, end: 0, offset: lineOffset, tooLong, ended: false }
        : wholeLine(held, lineOffset, false),
    ];
  }
}

function wholeLine(pieces: readonly Buffer[], offset: number, ended: boolean): Line {
  const buffer = Buffer.concat(pieces);
  return { buffer, start: 0, end: buffer.length, offset, tooLong: false, ended };
}

/** The bytes of a line, without a carriage return at its end and, at the start of a file, without a byte order mark. */
export function lineBounds(line: Line): { start: number; end: number } {
  const { buffer } = line;
  let { start, end } = line;
  if (end > start && buffer[end - 1] === 0x0d) end--;
  if (line.offset === 0 && hasByteOrderMark(buffer, start, end)) start += 3;
  return { start, end };
}

function hasByteOrderMark(buffer: Buffer, start: number, end: number): boolean {
  return (
    end - start >= 3 && buffer[start] === 0xef && buffer[start + 1] === 0xbb && buffer[start + 2] === 0xbf
  );
}

/** Whether bytes are nothing but spaces, tabs and carriage returns. */
export function isBlank(buffer: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = buffer[i];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}
