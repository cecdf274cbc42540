/**
 * A run of rising fingerprints with their groups, as bytes.
 *
 *     entries (u16), bytes of the code (u16), first fingerprint (6 bytes), k (u8), code;
 *     code: the groups, a fixed number of bits each; then of each fingerprint but the first, by how much more than 1 it is above the one before:
 *     Golomb-Rice, quotient by 2^k in ones and a zero, remainder in k bits
 *
 * Integers are little-endian, bits begin with the most significant. Source: Golomb, "Run-length encodings", IEEE Trans. Inf. Theory 12 (1966); Rice (1979).
 */
import { BitReader, BitWriter } from './bit-code.ts';

/** Entries of a block but the last: a look-up decodes half of one. */
export const BLOCK_ENTRIES = 256;
export const BLOCK_HEADER = 11;

/** Entries in rising order of fingerprints; the arrays may be longer. */
export interface BlockEntries {
  readonly fingerprints: Float64Array;
  readonly groups: Uint32Array;
  length: number;
}

/** Makes room for the entries of a block. */
export function emptyBlock(): BlockEntries {
  return {
    fingerprints: new Float64Array(BLOCK_ENTRIES),
    groups: new Uint32Array(BLOCK_ENTRIES),
    length: 0,
  };
}

/** What a block says of itself. */
export interface BlockHead {
  readonly entries: number;
  /** Bytes of the block, its header included. */
  readonly bytes: number;
  readonly first: number;
}

/**
 * Writes entries as a block.
 *
 * @param groupBits bits of a group's number.
 */
export function encodeBlock({ fingerprints, groups, length }: BlockEntries, groupBits: number): Uint8Array {
  const first = fingerprints[0]!;
  const mean = length > 1 ? (fingerprints[length - 1]! - first) / (length - 1) : 1;
  const k = Math.max(0, Math.floor(Math.log2(mean)));
  const writer = new BitWriter();
  for (let i = 0; i < length; i++) writer.write(groups[i]!, groupBits);
  for (let i = 1; i < length; i++) {
    const more = fingerprints[i]! - fingerprints[i - 1]! - 1;
    const quotient = Math.floor(more / 2 ** k);
    writer.writeUnary(quotient);
    writer.write(more - quotient * 2 ** k, k);
  }
  const code = writer.take();
  const bytes = new Uint8Array(BLOCK_HEADER + code.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, length, true);
  view.setUint16(2, code.length, true);
  view.setUint16(4, first % 2 ** 16, true);
  view.setUint32(6, Math.floor(first / 2 ** 16), true);
  bytes[10] = k;
  bytes.set(code, BLOCK_HEADER);
  return bytes;
}

/** Reads the header of a block that begins with these bytes. */
export function blockHead(bytes: Uint8Array): BlockHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    entries: view.getUint16(0, true),
    bytes: BLOCK_HEADER + view.getUint16(2, true),
    first: view.getUint16(4, true) + 2 ** 16 * view.getUint32(6, true),
  };
}

/**
 * Reads the entries of a block.
 *
 * @param block  all its bytes.
 * @param into   overwritten.
 * @param before stops where fingerprints are not below it.
 */
export function decodeBlock(
  block: Uint8Array,
  groupBits: number,
  into: BlockEntries,
  before: number = Number.POSITIVE_INFINITY,
): void {
  const { entries, first } = blockHead(block);
  const k = block[10]!;
  const groups = new BitReader(block, BLOCK_HEADER);
  const code = new BitReader(block, BLOCK_HEADER);
  code.skip(entries * groupBits);
  let fingerprint = first;
  into.length = 0;
  for (let i = 0; i < entries && fingerprint < before; i++) {
    into.fingerprints[i] = fingerprint;
    into.groups[i] = groupBits === 0 ? 0 : groups.read(groupBits);
    into.length++;
    if (i + 1 < entries) fingerprint += code.readUnary() * 2 ** k + code.read(k) + 1;
  }
}
