/** The one WebAssembly instance of the process that draws from Philox. */
import { startWasm } from '../../wasm-instance.ts';
import { PHILOX_WASM_BASE64 } from './bytes.generated.ts';
import { MAX_WIDTH, type PhiloxEngine } from './engine.ts';

/** What assembly/philox.ts exports: its batch functions, and its layout in bytes. */
interface PhiloxExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly BATCH: { readonly value: number };
  readonly COLUMNS: { readonly value: number };
  readonly TOKENS: { readonly value: number };
  readonly STATES: { readonly value: number };
  readonly OUT: { readonly value: number };
  contexts(count: number, width: number, key0: number, key1: number): void;
  words(count: number, key0: number, key1: number, step: number): void;
  selfSeeds(count: number, width: number, keyLow: number, keyHigh: number): void;
  leftSeeds(count: number, width: number, keyLow: number, keyHigh: number): void;
  seededWords(count: number): void;
}

/** Returns the engine, or `undefined` where the host has no WebAssembly with SIMD. */
export function createSimdPhilox(): PhiloxEngine | undefined {
  const exports = startWasm(PHILOX_WASM_BASE64) as PhiloxExports | undefined;
  if (exports === undefined) return undefined;
  const { buffer } = exports.memory;
  const batch = exports.BATCH.value;
  return {
    batch,
    columns: new Uint32Array(buffer, exports.COLUMNS.value, MAX_WIDTH * batch),
    tokens: new Uint32Array(buffer, exports.TOKENS.value, batch),
    states: new Uint32Array(buffer, exports.STATES.value, 4 * batch),
    words: new Uint32Array(buffer, exports.OUT.value, batch),
    chainContexts: (count, width, key0, key1) => exports.contexts(count, width, key0, key1),
    drawWords: (count, key0, key1, shared) => exports.words(count, key0, key1, shared ? 0 : 1),
    selfSeeds: (count, width, keyLow, keyHigh) => exports.selfSeeds(count, width, keyLow, keyHigh),
    leftSeeds: (count, width, keyLow, keyHigh) => exports.leftSeeds(count, width, keyLow, keyHigh),
    drawSeeded: (count) => exports.seededWords(count),
  };
}
