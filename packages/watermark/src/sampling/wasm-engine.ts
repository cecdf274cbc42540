import { LOGITS_WASM_BASE64 } from './logits-bytes.generated.ts';
import { BLOCK_SIZE, BUCKETS, type LogitsEngine, type WeightScale } from './logits-engine.ts';

interface Kernel {
  max(logits: number, count: number): number;
  sweep(
    logits: number,
    count: number,
    maximum: number,
    factor: number,
    sumLow: number,
    sumHigh: number,
    gatherLow: number,
    gatherHigh: number,
    blockSums: number,
    ids: number,
    values: number,
    capacity: number,
  ): number;
  histogram(
    logits: number,
    count: number,
    maximum: number,
    factor: number,
    floor: number,
    low: number,
    high: number,
    top: number,
    lowKey: number,
    shift: number,
    masses: number,
    counts: number,
    scratch: number,
  ): void;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

// The part of the JavaScript API that is used here: neither the es2023 library nor @types/node 20 declares it.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (descriptor: { initial: number }) => Memory;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: Memory } },
  ) => { readonly exports: unknown };
};

const PAGE_BYTES = 65_536;
const SCRATCH_BYTES = 64;

/**
 * Makes the passes over a vocabulary in WebAssembly SIMD, each engine with its own memory.
 *
 * @param vocabSize number of tokens.
 * @returns an engine, or `undefined` where the host has no WebAssembly with SIMD.
 */
export function createWasmEngine(vocabSize: number): LogitsEngine | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  const bytes = Uint8Array.from(atob(LOGITS_WASM_BASE64), (char) => char.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return undefined;

  const length = Math.ceil(vocabSize / 4) * 4;
  const blocks = Math.ceil(length / BLOCK_SIZE);
  const align = (at: number): number => Math.ceil(at / 16) * 16;
  const massesAt = SCRATCH_BYTES;
  const countsAt = align(massesAt + 8 * (BUCKETS + 1));
  const blockSumsAt = align(countsAt + 4 * (BUCKETS + 1));
  const logitsAt = align(blockSumsAt + 8 * blocks);
  const idsAt = align(logitsAt + 4 * length);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(idsAt / PAGE_BYTES) });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const kernel = instance.exports as Kernel;

  let capacity = 0;
  let bitsAt = idsAt;
  let views = viewMemory();
  views.logits.fill(Number.NEGATIVE_INFINITY);

  function viewMemory() {
    const { buffer } = memory;
    return {
      logits: new Float32Array(buffer, logitsAt, length),
      blockSums: new Float64Array(buffer, blockSumsAt, blocks),
      masses: new Float64Array(buffer, massesAt, BUCKETS + 1),
      counts: new Uint32Array(buffer, countsAt, BUCKETS + 1),
      ids: new Uint32Array(buffer, idsAt, capacity),
      bits: new Uint32Array(buffer, bitsAt, capacity),
    };
  }

  return {
    get logits() {
      return views.logits;
    },
    get blockSums() {
      return views.blockSums;
    },
    get masses() {
      return views.masses;
    },
    get counts() {
      return views.counts;
    },
    get ids() {
      return views.ids;
    },
    get bits() {
      return views.bits;
    },

    reserve(wanted: number): void {
      if (capacity >= wanted) return;
      capacity = wanted;
      bitsAt = idsAt + 4 * capacity;
      const missing = Math.ceil((bitsAt + 4 * capacity - memory.buffer.byteLength) / PAGE_BYTES);
      if (missing > 0) memory.grow(missing);
      views = viewMemory();
    },

    largest: () => kernel.max(logitsAt, length),

    sweep: (
      scale: WeightScale,
      sumLow: number,
      sumHigh: number,
      gatherLow: number,
      gatherHigh: number,
    ): number =>
      kernel.sweep(
        logitsAt,
        length,
        scale.maximum,
        scale.factor,
        sumLow,
        sumHigh,
        gatherLow,
        gatherHigh,
        blockSumsAt,
        idsAt,
        bitsAt,
        capacity,
      ),

    histogram(
      scale: WeightScale,
      low: number,
      high: number,
      top: number,
      lowKey: number,
      shift: number,
    ): void {
      const { maximum, factor, floor } = scale;
      kernel.histogram(
        logitsAt,
        length,
        maximum,
        factor,
        floor,
        low,
        high,
        top,
        lowKey,
        shift,
        massesAt,
        countsAt,
        0,
      );
    },
  };
}
