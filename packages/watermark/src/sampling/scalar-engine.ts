import { keyOfValue } from './logit-order.ts';
import { BLOCK_SIZE, BUCKETS, type LogitsEngine, type Rank } from './logits-engine.ts';
import { summandOf, type WeightScale, weightOf } from './weight.ts';

/**
 * Makes the passes over a vocabulary in plain TypeScript, for hosts without WebAssembly SIMD.
 *
 * @param vocabSize number of tokens.
 * @returns an engine with the same results as the WebAssembly one, bit for bit, at about a tenth of its speed.
 */
export function createScalarEngine(vocabSize: number): LogitsEngine {
  const blocks = Math.ceil(vocabSize / BLOCK_SIZE);
  const length = blocks * BLOCK_SIZE;
  const logits = new Float32Array(length).fill(Number.NEGATIVE_INFINITY);
  const blockSums = new Float64Array(blocks);
  const blockWeights = new Float64Array(BLOCK_SIZE);
  const masses = new Float64Array(BUCKETS + 1);
  const counts = new Uint32Array(BUCKETS + 1);
  let ids = new Uint32Array(0);
  let values = new Float32Array(0);
  let bits = new Uint32Array(0);
  let weights = new Float64Array(0);
  // The four lanes of the SIMD accumulators.
  const lanes = new Float64Array(4);

  function takeLanes(): number {
    const sum = lanes[0]! + lanes[1]! + (lanes[2]! + lanes[3]!);
    lanes.fill(0);
    return sum;
  }

  function put(at: number, id: number): void {
    if (at >= ids.length) return;
    ids[at] = id;
    values[at] = logits[id]!;
  }

  return {
    logits,
    blockSums,
    blockWeights,
    masses,
    counts,
    get ids() {
      return ids;
    },
    get values() {
      return values;
    },
    get bits() {
      return bits;
    },
    get weights() {
      return weights;
    },

    reserve(capacity: number): void {
      if (ids.length >= capacity) return;
      ids = new Uint32Array(capacity);
      values = new Float32Array(capacity);
      bits = new Uint32Array(values.buffer);
      weights = new Float64Array(capacity);
    },

    largest(): number {
      let largest = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < length; i++) {
        const logit = logits[i]!;
        if (logit > largest) largest = logit;
        else if (Number.isNaN(logit)) return Number.NaN;
      }
      return largest;
    },

    gather(low: number, high: number, at: number): number {
      let listed = 0;
      for (let i = 0; i < length; i++) {
        const logit = logits[i]!;
        if (logit >= low && logit < high) put(at + listed++, i);
      }
      return listed;
    },

    split(scale: WeightScale, threshold: number): number {
      const { floor } = scale;
      let listed = 0;
      const summand = (i: number): number => {
        const logit = logits[i]!;
        if (logit >= threshold) put(listed++, i);
        else if (logit >= floor) return summandOf(logit, scale);
        return 0;
      };
      const pairs = new Float32Array(8);
      for (let block = 0, i = 0; block < blocks; block++) {
        for (const stop = i + BLOCK_SIZE; i < stop; i += 8) {
          for (let lane = 0; lane < 8; lane++) pairs[lane] = summand(i + lane);
          for (let lane = 0; lane < 4; lane++) lanes[lane]! += Math.fround(pairs[lane]! + pairs[lane + 4]!);
        }
        blockSums[block] = takeLanes();
      }
      return listed;
    },

    sumBetween(scale: WeightScale, after: Rank, upTo: Rank): void {
      const { floor } = scale;
      for (let block = 0, i = 0; block < blocks; block++) {
        for (const stop = i + BLOCK_SIZE; i < stop; i++) {
          const logit = logits[i]!;
          const isAfter = logit < after.value || (logit === after.value && i > after.id);
          const isUpTo = logit > upTo.value || (logit === upTo.value && i <= upTo.id);
          if (isAfter && isUpTo && logit >= floor) lanes[i & 3]! += summandOf(logit, scale);
        }
        blockSums[block] = takeLanes();
      }
    },

    histogram(scale: WeightScale, low: number, high: number, lowKey: number, shift: number): void {
      const { floor } = scale;
      masses.fill(0);
      counts.fill(0);
      for (let i = 0; i < length; i++) {
        const logit = logits[i]!;
        if (!(logit >= low)) continue;
        const mass = logit >= floor ? summandOf(logit, scale) : 0;
        if (logit >= high) {
          lanes[i & 3]! += mass;
          counts[BUCKETS]!++;
        } else {
          const bucket = (keyOfValue(logit) - lowKey) >>> shift;
          masses[bucket]! += mass;
          counts[bucket]!++;
        }
      }
      masses[BUCKETS] = takeLanes();
    },

    weigh(scale: WeightScale, at: number, count: number): void {
      for (let i = at; i < at + count; i++) weights[i] = weightOf(values[i]!, scale);
    },

    weighBlock(scale: WeightScale, block: number): void {
      const first = block * BLOCK_SIZE;
      for (let i = 0; i < BLOCK_SIZE; i++) blockWeights[i] = weightOf(logits[first + i]!, scale);
    },
  };
}
