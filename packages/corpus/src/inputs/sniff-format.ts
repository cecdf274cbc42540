import type { Compression, Encoding, FileFormat } from '../documents/layout.ts';
import { JsonCutter } from '../readers/json-cutter.ts';
import { parseJson } from '../readers/read-lines.ts';

/** How a file is compressed, by its first bytes. */
export function sniffCompression(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length >= 4 && head.readUInt32LE() === 0xfd2fb528) return 'zstd';
  if (/^BZh[1-9]/.test(head.toString('latin1', 0, 4))) return 'bzip2';
  if (head.toString('latin1', 0, 6) === '\xfd7zXZ\0') return 'xz';
  return 'none';
}

/**
 * A file's format, by its first bytes after decompression.
 *
 * @returns undefined if they are not those of a format that can be told.
 */
export function sniffFormat(head: Buffer): FileFormat | undefined {
  if (head.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
  if (head.toString('latin1', 0, 6) === 'ARROW1') return 'arrow';
  if (head.toString('latin1', 0, 6) === '\x93NUMPY') return 'npy';
  if (head.toString('latin1', 0, 5) === 'WARC/') return 'warc';
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return 'zip';
  if (head.toString('latin1', 257, 262) === 'ustar') return 'tar';
  // A stream's first message is a schema, after a continuation mark.
  if (head.length >= 8 && head.readUInt32LE() === 0xffffffff && head.readUInt32LE(4) < 2 ** 24)
    return 'arrow';
  const start = textOf(head).trimStart()[0];
  return start === '[' || start === '{' ? sniffJson(head) : undefined;
}

/** Whether JSON is one value or one a line: then the first line is an object, and more follow. */
export function sniffJson(head: Buffer): 'json' | 'jsonl' {
  const text = textOf(head).trimStart();
  const feed = text.indexOf('\n');
  if (feed < 0 || text.slice(feed).trim() === '') return 'json';
  const first = parseJson(text.slice(0, feed));
  const isRecord = 'value' in first && typeof first.value === 'object' && !Array.isArray(first.value);
  return isRecord && first.value !== null ? 'jsonl' : 'json';
}

/** How many lines have to be no records of their own before a file of lines is taken for values over several lines. */
const BROKEN_LINES = 20;

/** Whether values run over several lines, though the name says that each has one. */
export function isOverLines(head: Buffer): boolean {
  const lines = textOf(head)
    .split('\n', BROKEN_LINES + 1)
    .slice(0, BROKEN_LINES);
  const filled = lines.filter((line) => line.trim() !== '');
  if (filled.length < 2 || !/^[[{]/.test((lines[0] ?? '').replace('\u001e', '').trimStart())) return false;
  return filled.every((line) => {
    const parsed = parseJson(line);
    return !('value' in parsed && typeof parsed.value === 'object' && parsed.value !== null);
  });
}

/** The encoding of a text, by its byte order mark; undefined for UTF-8. */
export function sniffEncoding(head: Buffer): Encoding | undefined {
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/**
 * The names of a root object's fields that hold lists of objects.
 *
 * @param head the start of the file; lists that start after it are not seen.
 */
export function sniffRecordsFields(head: Buffer): string[] {
  const text = textOf(head);
  if (!text.trimStart().startsWith('{')) return [];
  const names = new Set<string>();
  for (const [, name] of text.matchAll(/"([^"\\]*)"\s*:\s*\[\s*\{/g)) if (name !== undefined) names.add(name);
  // Only fields of the root: the cutter finds no others.
  return [...names].filter((name) => {
    let found = false;
    const cutter = new JsonCutter(name, head.length, ({ broken }) => {
      found ||= broken === undefined;
    });
    for (let at = 0; at < head.length && !found; ) at = cutter.add(head, at);
    return found || cutter.isInRecords;
  });
}

/** How many bytes a token id of a raw file has: four, if no id of four would reach 2^20. */
export function sniffIdBytes(head: Buffer): 2 | 4 {
  const count = Math.floor(head.length / 4);
  for (let i = 0; i < count; i++) if (head.readUInt32LE(4 * i) >= 2 ** 20) return 2;
  // Few ids prove nothing.
  return count >= 8 ? 4 : 2;
}

function textOf(head: Buffer): string {
  return head.toString().replace(/^\ufeff/, '');
}
