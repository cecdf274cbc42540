/** Long strings of JSON, read without a copy of their text beside them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isBlank } from './json-scan.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** What stands for a character behind a backslash, by its code. */
const ESCAPES: Readonly<Record<number, number>> = {
  34: 0x22,
  92: 0x5c,
  47: 0x2f,
  98: 0x08,
  102: 0x0c,
  110: 0x0a,
  114: 0x0d,
  116: 0x09,
};

/** A member of a list, or of an object with its name as JSON. */
export interface StringMember {
  readonly name: string | undefined;
  readonly value: string;
}

/**
 * Reads one member whose value is a string, in two turns of the event loop. Its bytes are written over: the text of the body, its bytes and the value would be
 * three of them.
 *
 * @param json    UTF-8.
 * @param isArray whether it has no name.
 * @returns undefined where it is something else, or has half of a surrogate pair: the bytes are as they were then.
 */
export async function readStringMember(
  json: Buffer,
  start: number,
  end: number,
  isArray: boolean,
): Promise<StringMember | undefined> {
  let from = start;
  let name: string | undefined;
  if (!isArray) {
    const first = json.indexOf(QUOTE, start);
    if (first < 0 || first >= end || !isBlank(json, start, first)) return undefined;
    const last = endOfString(json, first, end);
    const colon = last === undefined ? -1 : json.indexOf(COLON, last + 1);
    if (last === undefined || colon < 0 || colon >= end || !isBlank(json, last + 1, colon)) return undefined;
    name = json.toString('utf8', first, last + 1);
    from = colon + 1;
  }
  const first = json.indexOf(QUOTE, from);
  if (first < 0 || first >= end || !isBlank(json, from, first)) return undefined;
  const last = endOfString(json, first, end);
  if (last === undefined || !isBlank(json, last + 1, end)) return undefined;
  // Finding the end of three million bytes takes as long as decoding them.
  await nextTurn();
  return { name, value: json.toString('utf8', first + 1, withoutEscapes(json, first + 1, last)) };
}

/** Finds the closing quotation mark; undefined where a string is wrong, or has half of a pair, which UTF-8 cannot hold. */
function endOfString(json: Uint8Array, first: number, end: number): number | undefined {
  for (let at = first + 1; at < end; at++) {
    const code = json[at] ?? 0;
    if (code === QUOTE) return at;
    if (code < 0x20) return undefined;
    if (code !== BACKSLASH) continue;
    const escaped = json[++at] ?? 0;
    if (escaped !== 0x75) {
      if (ESCAPES[escaped] === undefined) return undefined;
      continue;
    }
    const unit = unitAt(json, at + 1, end);
    if (unit === undefined || isLow(unit)) return undefined;
    at += 4;
    if (!isHigh(unit)) continue;
    if (json[at + 1] !== BACKSLASH || json[at + 2] !== 0x75) return undefined;
    const low = unitAt(json, at + 3, end);
    if (low === undefined || !isLow(low)) return undefined;
    at += 6;
  }
  return undefined;
}

/** Replaces escapes by what they stand for, which is never longer, and returns where the text ends then. */
function withoutEscapes(json: Buffer, start: number, end: number): number {
  let read = json.indexOf(BACKSLASH, start);
  if (read < 0 || read >= end) return end;
  let write = read;
  while (read < end) {
    const code = json[read++] ?? 0;
    if (code !== BACKSLASH) {
      json[write++] = code;
      continue;
    }
    const escaped = json[read++] ?? 0;
    if (escaped !== 0x75) {
      json[write++] = ESCAPES[escaped] ?? 0;
      continue;
    }
    const unit = unitAt(json, read, end) ?? 0;
    read += 4;
    let point = unit;
    if (isHigh(unit)) {
      point = 0x10000 + ((unit - 0xd800) << 10) + ((unitAt(json, read + 2, end) ?? 0) - 0xdc00);
      read += 6;
    }
    write = putPoint(json, write, point);
  }
  return write;
}

/** Writes a character as UTF-8, and returns where the next one goes. */
function putPoint(json: Uint8Array, at: number, point: number): number {
  const bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  if (bytes === 1) {
    json[at] = point;
    return at + 1;
  }
  for (let i = bytes - 1, rest = point; i >= 0; i--, rest >>= 6) {
    json[at + i] = i > 0 ? 0x80 | (rest & 0x3f) : ((0xf00 >> bytes) & 0xff) | rest;
  }
  return at + bytes;
}

/** Reads four hexadecimal digits. */
function unitAt(json: Uint8Array, at: number, end: number): number | undefined {
  if (at + 4 > end) return undefined;
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const code = json[i] ?? 0;
    const letter = code | 0x20;
    if (code >= 0x30 && code <= 0x39) unit = 16 * unit + code - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) unit = 16 * unit + letter - 0x57;
    else return undefined;
  }
  return unit;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
