import { basename } from 'node:path';
import { quoteArgument } from './command-line.ts';
import type { InputDocument } from './read-documents.ts';

const RECORD_FILE = /\.(?:jsonl|ndjson|json)$/i;

/**
 * Says that a text which is tested as it stands looks like records, each of which may be a document: JSON Lines, or JSON with a list of objects.
 *
 * @param path the file, `-` for standard input.
 * @param keys paths of key files.
 * @returns undefined if it does not look like that.
 */
export function recordsNotice(
  path: string,
  { name, content }: InputDocument,
  keys: readonly string[],
): string | undefined {
  if (typeof content !== 'string' || !looksLikeRecords(basename(path), content)) return undefined;
  const given = (keys.length === 0 ? ['FILE'] : keys).flatMap((key) => ['--key', quoteArgument(key)]);
  const from = path === '-' ? '--stdin --stdout' : quoteArgument(path);
  return `${name}: looks like records in JSON, and is tested as one text, with its braces and names of fields; to test each record: countermark scan ${given.join(' ')} ${from}`;
}

function looksLikeRecords(name: string, text: string): boolean {
  const lines = firstLines(text, RECORD_FILE.test(name) ? 1 : 2);
  if (lines?.every((line) => isRecord(parsed(line))) === true) return true;
  const first = text.trimStart()[0];
  if (first !== '[' && !(first === '{' && RECORD_FILE.test(name))) return false;
  const value = parsed(text);
  return isRecord(value) || (Array.isArray(value) && value.length > 0 && value.every(isRecord));
}

/** The first lines that are not blank; undefined if there are fewer. */
function firstLines(text: string, count: number): string[] | undefined {
  const lines: string[] = [];
  for (let at = 0; at < text.length && lines.length < count; ) {
    const found = text.indexOf('\n', at);
    const end = found < 0 ? text.length : found;
    const line = text.slice(at, end).trim();
    if (line !== '') lines.push(line);
    at = end + 1;
  }
  return lines.length < count ? undefined : lines;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
  );
}
