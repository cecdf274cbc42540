import { concat } from './bytes.ts';

/**
 * Encodes a GGUF file, version 3: metadata, tensor directory, aligned data.
 * Source: ggml-org/ggml, `docs/gguf.md`.
 */

/** A metadata value; the types in use are those below. */
export type GgufValue =
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly int32s: readonly number[] };

/** A tensor of the file. `shape` is row-major, outermost dimension first, as in safetensors. */
export interface GgufTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: 'f32' | 'f16';
  readonly data: Uint8Array;
}

const VERSION = 3;
const ALIGNMENT = 32;
const TENSOR_TYPE = { f32: 0, f16: 1 } as const;
const VALUE_TYPE = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;
const encoder = new TextEncoder();

/** Returns the file's bytes; metadata and tensors keep the order given. */
export function encodeGguf(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
): Uint8Array {
  const keys = Object.entries(metadata);
  let offset = 0;
  const directory = tensors.map((tensor) => {
    const entry = concat([
      string(tensor.name),
      uint32(tensor.shape.length),
      ...tensor.shape.toReversed().map(uint64), // innermost dimension first
      uint32(TENSOR_TYPE[tensor.type]),
      uint64(offset),
    ]);
    offset += tensor.data.length + padding(tensor.data.length);
    return entry;
  });
  const head = concat([
    encoder.encode('GGUF'),
    uint32(VERSION),
    uint64(tensors.length),
    uint64(keys.length),
    ...keys.flatMap(([key, entry]) => [string(key), value(entry)]),
    ...directory,
  ]);
  const data = tensors.flatMap((tensor) => [tensor.data, new Uint8Array(padding(tensor.data.length))]);
  return concat([head, new Uint8Array(padding(head.length)), ...data]);
}

function padding(length: number): number {
  return (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
}

function value(entry: GgufValue): Uint8Array {
  if ('uint32' in entry) return concat([uint32(VALUE_TYPE.uint32), uint32(entry.uint32)]);
  if ('float32' in entry) return concat([uint32(VALUE_TYPE.float32), float32(entry.float32)]);
  if ('bool' in entry) return concat([uint32(VALUE_TYPE.bool), Uint8Array.of(entry.bool ? 1 : 0)]);
  if ('string' in entry) return concat([uint32(VALUE_TYPE.string), string(entry.string)]);
  if ('strings' in entry) return array(VALUE_TYPE.string, entry.strings.map(string));
  return array(VALUE_TYPE.int32, entry.int32s.map(uint32));
}

function array(type: number, items: readonly Uint8Array[]): Uint8Array {
  return concat([uint32(VALUE_TYPE.array), uint32(type), uint64(items.length), ...items]);
}

function string(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  return concat([uint64(bytes.length), bytes]);
}

function uint32(number: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(number).buffer);
}

function uint64(number: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(number)).buffer);
}

function float32(number: number): Uint8Array {
  return new Uint8Array(Float32Array.of(number).buffer);
}
