import { concat } from './bytes.ts';

/**
 * The part of the protocol buffer wire format that an ONNX file needs.
 * Source: protobuf.dev, "Encoding"; wire types 0 (varint), 2 (length-delimited) and 5 (32 bits).
 */

const encoder = new TextEncoder();

/** Returns a field with a non-negative integer, or an int64 that may be negative. */
export function varintField(number: number, value: number | bigint): Uint8Array {
  return concat([varint(BigInt(number << 3)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

/** Returns a field with a 32-bit float. */
export function floatField(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concat([varint(BigInt((number << 3) | 5)), bytes]);
}

/** Returns a length-delimited field: a string, bytes, or a message given by its encoded fields. */
export function bytesField(number: number, value: string | Uint8Array | readonly Uint8Array[]): Uint8Array {
  const parts =
    typeof value === 'string' ? [encoder.encode(value)] : value instanceof Uint8Array ? [value] : value;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concat([varint(BigInt((number << 3) | 2)), varint(BigInt(length)), ...parts]);
}

/** Returns a packed repeated field of int64 values. */
export function packedField(number: number, values: readonly (number | bigint)[]): Uint8Array {
  return bytesField(
    number,
    values.map((value) => varint(BigInt.asUintN(64, BigInt(value)))),
  );
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  while (value >= 128n) {
    bytes.push(Number(value & 127n) | 128);
    value >>= 7n;
  }
  bytes.push(Number(value));
  return Uint8Array.from(bytes);
}
