import type { Compression, FileFormat } from '../documents/layout.ts';
import { JsonCutter } from '../readers/json-cutter.ts';

/** How a file is compressed, by its first bytes. */
export function sniffCompression(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length >= 4 && head.readUInt32LE() === 0xfd2fb528) return 'zstd';
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
  try {
    const first: unknown = JSON.parse(text.slice(0, feed));
    return typeof first === 'object' && first !== null && !Array.isArray(first) ? 'jsonl' : 'json';
  } catch {
    return 'json';
  }
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
