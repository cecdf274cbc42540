/** The one WebAssembly instance of the process that computes {@link createShiftedDraw}'s words. */
import { startWasm } from '../../wasm-instance.ts';
import { SHIFTED_WASM_BASE64 } from './shifted-bytes.generated.ts';

/** What assembly/shifted.ts exports: its function, and its layout in bytes. */
interface ShiftedExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly BATCH: { readonly value: number };
  readonly KEYS: { readonly value: number };
  readonly HASHES: { readonly value: number };
  readonly OUT: { readonly value: number };
  words(count: number, depth: number): void;
}

/** The kernel with views on its memory; 64-bit integers are two entries, the low one first. */
export interface ShiftedKernel {
  /** Most hashes in one call. */
  readonly batch: number;
  readonly keys: Int32Array;
  readonly hashes: Int32Array;
  readonly out: Uint32Array;
  words(count: number, depth: number): void;
}

let shared: ShiftedKernel | undefined | 'unsupported';

/** Returns the kernel, or `undefined` where the host has no WebAssembly. No key stays in it between calls. */
export function shiftedKernel(): ShiftedKernel | undefined {
  shared ??= instantiate() ?? 'unsupported';
  return shared === 'unsupported' ? undefined : shared;
}

function instantiate(): ShiftedKernel | undefined {
  const exports = startWasm(SHIFTED_WASM_BASE64) as ShiftedExports | undefined;
  if (exports === undefined) return undefined;
  const { buffer } = exports.memory;
  const batch = exports.BATCH.value;
  return {
    batch,
    keys: new Int32Array(buffer, exports.KEYS.value, 64),
    hashes: new Int32Array(buffer, exports.HASHES.value, 2 * batch),
    out: new Uint32Array(buffer, exports.OUT.value, batch),
    words: exports.words,
  };
}
