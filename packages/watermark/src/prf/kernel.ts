/** The one WebAssembly instance of the process that computes blocks of the keyed function. */
import { startWasm } from '../wasm-instance.ts';
import { KERNEL_WASM_BASE64 } from './kernel-bytes.generated.ts';

const BLOCK_WORDS = 16;

/** What assembly/kernel.ts exports: its batch functions, and its layout in bytes. */
interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly BATCH: { readonly value: number };
  readonly HEADER_BATCH: { readonly value: number };
  readonly WINDOW: { readonly value: number };
  readonly KEY: { readonly value: number };
  readonly KEY_END: { readonly value: number };
  readonly TOKENS: { readonly value: number };
  readonly ITEMS: { readonly value: number };
  readonly SYMBOLS: { readonly value: number };
  readonly OUT: { readonly value: number };
  readonly END: { readonly value: number };
  prepare(contextWidth: number): void;
  headers(count: number): void;
  words(origin: number, count: number): void;
  symbols(origin: number, count: number): void;
  pairs(count: number, symbol: number): void;
  candidates(count: number, symbol: number): void;
  expand(count: number, length: number, flags: number): void;
}

/** The compiled kernel with views on its memory, which never grows. */
export interface Kernel {
  readonly exports: KernelExports;
  readonly batch: number;
  readonly headerBatch: number;
  readonly window: number;
  readonly tokensAt: number;
  readonly keyBytes: Uint8Array;
  readonly keyWords: Uint32Array;
  readonly keyed: Uint8Array;
  readonly tokens: Uint32Array;
  readonly items: Uint32Array;
  readonly symbols: Uint8Array;
  readonly out: Uint32Array;
  readonly inputsAndOutputs: Uint8Array;
  /** Whose key the memory holds, prepared as it needs it. */
  owner: object | undefined;
}

// One instance for the process, because each memory reserves gigabytes of address space and an auditor may
// hold thousands of keys. Calls are synchronous, and each loads its key unless it is there already.
let shared: Kernel | undefined | 'unsupported';

/** Returns the kernel, or `undefined` where the host has no WebAssembly with SIMD. */
export function sharedKernel(): Kernel | undefined {
  if (shared === undefined) shared = instantiate() ?? 'unsupported';
  return shared === 'unsupported' ? undefined : shared;
}

function instantiate(): Kernel | undefined {
  const exports = startWasm(KERNEL_WASM_BASE64) as KernelExports | undefined;
  if (exports === undefined) return undefined;
  const { buffer } = exports.memory;
  const batch = exports.BATCH.value;
  const tokensAt = exports.TOKENS.value;
  const window = exports.WINDOW.value;
  return {
    exports,
    batch,
    headerBatch: exports.HEADER_BATCH.value,
    window,
    tokensAt,
    keyBytes: new Uint8Array(buffer, exports.KEY.value, 32),
    keyWords: new Uint32Array(buffer, exports.KEY.value, 8),
    keyed: new Uint8Array(buffer, exports.KEY.value, exports.KEY_END.value - exports.KEY.value),
    tokens: new Uint32Array(buffer, tokensAt, window),
    items: new Uint32Array(buffer, exports.ITEMS.value, batch),
    symbols: new Uint8Array(buffer, exports.SYMBOLS.value, batch),
    out: new Uint32Array(buffer, exports.OUT.value, batch * BLOCK_WORDS),
    inputsAndOutputs: new Uint8Array(buffer, tokensAt, exports.END.value - tokensAt),
    owner: undefined,
  };
}
