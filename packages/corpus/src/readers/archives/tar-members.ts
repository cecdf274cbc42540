/** Cuts a tar archive into its members; POSIX.1-2017 pax and ustar, and what GNU tar adds. */
import type { ByteCursor } from '../bytes/byte-cursor.ts';
import type { ArchiveMember } from './archive-member.ts';

const BLOCK = 512;
/** No list of attributes is longer. */
const MAX_ATTRIBUTES = 2 ** 20;

/**
 * Yields the files of an archive, in their order. A member's content is passed over where it was not read when the next is asked for.
 *
 * @throws {Error} where the archive is damaged or ends before it should.
 */
export async function* tarMembers(cursor: ByteCursor): AsyncGenerator<ArchiveMember> {
  let global: Attributes = {};
  let next: Attributes = {};
  for (;;) {
    const offset = cursor.offset;
    const header = await cursor.take(BLOCK);
    // Two empty blocks end an archive; some writers leave them out.
    if (header.length === 0 || header.every((byte) => byte === 0)) return;
    if (header.length < BLOCK) throw new Error(`ends within a header, at byte ${offset}`);
    if (!hasChecksum(header)) throw new Error(`has no header at byte ${offset}`);
    const attributes = { ...global, ...next };
    const size = attributes.size ?? numberOf(header, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) throw new Error(`has a damaged header at byte ${offset}`);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    const kind = String.fromCharCode(header[156] ?? 0);
    if ('xgLK'.includes(kind) && kind !== '\0') {
      if (size > MAX_ATTRIBUTES) throw new Error(`has a damaged header at byte ${offset}`);
      const data = await cursor.take(size);
      await cursor.skip(padding);
      if (kind === 'g') global = { ...global, ...parsePax(data) };
      else if (kind === 'x') next = { ...next, ...parsePax(data) };
      else if (kind === 'L') next = { ...next, name: textOf(data) };
      continue;
    }
    next = {};
    const start = cursor.offset;
    const name = attributes.name ?? nameOf(header);
    if ((kind === '0' || kind === '\0' || kind === '7') && !name.endsWith('/')) {
      if (attributes.isSparse === true)
        throw new Error(`${name}: is stored with holes, which is not supported`);
      yield { name, size, offset: start, chunks: () => cursor.stream(start + size - cursor.offset) };
    } else if (kind === 'S') {
      throw new Error(`${name}: is stored with holes, which is not supported`);
    }
    const left = start + size + padding - cursor.offset;
    // The padding of the last member may be missing.
    const skipped = await cursor.skip(left);
    if (skipped < left - padding) throw new Error(`ends within ${name}, before byte ${start + size}`);
  }
}

interface Attributes {
  readonly name?: string;
  readonly size?: number;
  readonly isSparse?: boolean;
}

function parsePax(data: Buffer): Attributes {
  let attributes: Attributes = {};
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = Number(data.toString('latin1', at, space));
    if (space < 0 || !Number.isSafeInteger(length) || length < 1) break;
    const record = data.toString('utf8', space + 1, at + length - 1);
    at += length;
    const equals = record.indexOf('=');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === 'path') attributes = { ...attributes, name: value };
    else if (key === 'size') attributes = { ...attributes, size: Number(value) };
    else if (key.startsWith('GNU.sparse.')) attributes = { ...attributes, isSparse: true };
  }
  return attributes;
}

function nameOf(header: Buffer): string {
  const name = textOf(header.subarray(0, 100));
  // Of GNU tar the prefix holds other things.
  const isPosix = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? textOf(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/** A number in octal digits, or, where they would not do, in bytes. */
function numberOf(header: Buffer, start: number, length: number): number {
  const first = header[start] ?? 0;
  if ((first & 0x80) !== 0) return Number(header.readBigUInt64BE(start + length - 8));
  const digits = textOf(header.subarray(start, start + length)).trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function hasChecksum(header: Buffer): boolean {
  let sum = 0;
  for (const [i, byte] of header.entries()) sum += i >= 148 && i < 156 ? 0x20 : byte;
  return sum === numberOf(header, 148, 8);
}
