import { Buffer } from 'node:buffer';

const LINE_FEED = 10;

/**
 * Finds the line that starts with a key and a space in a file whose lines are sorted by byte values.
 *
 * @param file the whole file, ASCII. Lines that start with a space, such as WordNet's licence, sort first.
 * @returns the line without its line feed; undefined if there is none.
 */
export function findLine(file: Buffer, key: string): string | undefined {
  const wanted = Buffer.from(`${key} `, 'latin1');
  let low = 0;
  let high = file.length;
  while (low < high) {
    const start = file.lastIndexOf(LINE_FEED, Math.max(0, ((low + high) >> 1) - 1)) + 1;
    const from = Math.max(low, start);
    const line = lineAt(file, from);
    const order = Buffer.compare(line.subarray(0, wanted.length), wanted);
    if (order === 0) return line.toString('latin1');
    if (order < 0) low = from + line.length + 1;
    else high = from;
  }
  return undefined;
}

/** Returns the line that starts at a byte, without its line feed. */
export function lineAt(file: Buffer, start: number): Buffer {
  const end = file.indexOf(LINE_FEED, start);
  return file.subarray(start, end === -1 ? file.length : end);
}
