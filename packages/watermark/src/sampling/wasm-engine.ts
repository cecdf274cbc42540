import { WatermarkError } from '../errors.ts';
import { compileWasm } from '../wasm-instance.ts';
import { LOGITS_WASM_BASE64 } from './logits-bytes.generated.ts';
import { BLOCK_SIZE, BUCKETS, type LogitsEngine } from './logits-engine.ts';

/** The exports of `assembly/logits.ts`, which states their parameters: addresses, counts, logits and scales. */
type Kernel = Readonly<
  Record<'max' | 'gather' | 'split' | 'sumBetween' | 'histogram' | 'weigh', (...args: number[]) => number>
>;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

// The part of the JavaScript API that is used here: neither the es2023 library nor @types/node 20 declares it.
declare const WebAssembly: {
  readonly Memory: new (descriptor: { initial: number }) => Memory;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: Memory } },
  ) => { readonly exports: unknown };
};

const PAGE_BYTES = 65_536;

function instantiate(module: object, pages: number): { readonly memory: Memory; readonly kernel: Kernel } {
  try {
    const memory = new WebAssembly.Memory({ initial: pages });
    return { memory, kernel: new WebAssembly.Instance(module, { env: { memory } }).exports as Kernel };
  } catch (cause) {
    // Each memory reserves addresses; V8 takes 10 GiB of 128 TiB for each, so that some 12,900 may be open.
    throw new WatermarkError(
      'engine-unavailable',
      'there is no room for the memory of another selector: too many are open at once',
      { cause },
    );
  }
}
const SCRATCH_BYTES = 64;

/**
 * Makes the passes over a vocabulary in WebAssembly SIMD, each engine with its own memory.
 *
 * @param vocabSize number of tokens.
 * @returns an engine, or `undefined` where the host has no WebAssembly with SIMD.
 */
export function createWasmEngine(vocabSize: number): LogitsEngine | undefined {
  const compiled = compileWasm(LOGITS_WASM_BASE64);
  if (compiled === undefined) return undefined;

  const blocks = Math.ceil(vocabSize / BLOCK_SIZE);
  const length = blocks * BLOCK_SIZE;
  const align = (at: number): number => Math.ceil(at / 16) * 16;
  const massesAt = SCRATCH_BYTES;
  const countsAt = align(massesAt + 8 * (BUCKETS + 1));
  const blockSumsAt = align(countsAt + 4 * (BUCKETS + 1));
  const blockWeightsAt = align(blockSumsAt + 8 * blocks);
  const logitsAt = blockWeightsAt + 8 * BLOCK_SIZE;
  const listAt = logitsAt + 4 * length;
  const { memory, kernel } = instantiate(compiled, Math.ceil(listAt / PAGE_BYTES));

  let capacity = 0;
  let views = viewMemory();
  views.logits.fill(Number.NEGATIVE_INFINITY);

  function viewMemory() {
    const { buffer } = memory;
    return {
      logits: new Float32Array(buffer, logitsAt, length),
      blockSums: new Float64Array(buffer, blockSumsAt, blocks),
      blockWeights: new Float64Array(buffer, blockWeightsAt, BLOCK_SIZE),
      masses: new Float64Array(buffer, massesAt, BUCKETS + 1),
      counts: new Uint32Array(buffer, countsAt, BUCKETS + 1),
      weights: new Float64Array(buffer, listAt, capacity),
      ids: new Uint32Array(buffer, listAt + 8 * capacity, capacity),
      values: new Float32Array(buffer, listAt + 12 * capacity, capacity),
      bits: new Uint32Array(buffer, listAt + 12 * capacity, capacity),
    };
  }

  return {
    get logits() {
      return views.logits;
    },
    get blockSums() {
      return views.blockSums;
    },
    get blockWeights() {
      return views.blockWeights;
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
    get values() {
      return views.values;
    },
    get bits() {
      return views.bits;
    },
    get weights() {
      return views.weights;
    },

    reserve(wanted) {
      if (capacity >= wanted) return;
      capacity = Math.ceil(wanted / 4) * 4;
      const missing = Math.ceil((listAt + 16 * capacity - memory.buffer.byteLength) / PAGE_BYTES);
      if (missing > 0) memory.grow(missing);
      views = viewMemory();
    },

    largest: () => kernel.max(logitsAt, length),

    gather(low, high, at) {
      const { ids, values } = views;
      const addresses = [ids.byteOffset + 4 * at, values.byteOffset + 4 * at] as const;
      return kernel.gather(logitsAt, length, low, high, ...addresses, capacity - at);
    },

    split({ maximum, factor, floor }, threshold) {
      const { ids, values } = views;
      const list = [ids.byteOffset, values.byteOffset, capacity] as const;
      return kernel.split(logitsAt, length, maximum, factor, floor, threshold, blockSumsAt, ...list);
    },

    sumBetween({ maximum, factor, floor }, after, upTo) {
      const ranks = [after.value, after.id, upTo.value, upTo.id] as const;
      kernel.sumBetween(logitsAt, length, maximum, factor, floor, ...ranks, blockSumsAt);
    },

    histogram({ maximum, factor, floor }, low, high, lowKey, shift) {
      const range = [low, high, lowKey, shift] as const;
      kernel.histogram(logitsAt, length, maximum, factor, floor, ...range, massesAt, countsAt, 0);
    },

    weigh({ maximum, factor }, at, count) {
      kernel.weigh(views.values.byteOffset + 4 * at, count, maximum, factor, listAt + 8 * at);
    },

    weighBlock({ maximum, factor }, block) {
      kernel.weigh(logitsAt + 4 * BLOCK_SIZE * block, BLOCK_SIZE, maximum, factor, blockWeightsAt);
    },
  };
}
