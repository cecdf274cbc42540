import { keyOfValue } from './logit-order.ts';
import { BLOCK_SIZE, BUCKETS, type LogitsEngine, type WeightScale } from './logits-engine.ts';

// Adding 1.5 * 2^52 rounds a small number to an integer, ties to even.
const ROUND = 6755399441055744;
// (ln 2)^k / k! as 32-bit floats: the same constants as in `assembly/logits.ts`.
const C1 = Math.fround(Math.LN2);
const C2 = Math.fround(0.2402265069591007);
const C3 = Math.fround(0.05550410866482158);
const C4 = Math.fround(0.009618129107628477);
const C5 = Math.fround(0.0013333558146428441);
const C6 = Math.fround(0.0001540353039338161);
const C7 = Math.fround(0.00001525273380405984);
const POWERS: Float64Array = Float64Array.from({ length: 127 }, (_, k) => 2 ** -k);

/** Repeats `exp4` of `assembly/logits.ts` for one logit, rounding for rounding. */
function weight(logit: number, maximum: number, factor: number): number {
  const f = Math.fround;
  const y = (logit - maximum) * factor;
  const k = y + ROUND - ROUND;
  const r = f(y - k);
  const r2 = f(r * r);
  const p01 = f(f(r * C1) + 1);
  const p23 = f(f(r * C3) + C2);
  const p45 = f(f(r * C5) + C4);
  const p67 = f(f(r * C7) + C6);
  const high = f(f(r2 * p67) + p45);
  const p = f(f(r2 * f(f(r2 * high) + p23)) + p01);
  return f(p * POWERS[-k]!);
}

/**
 * Makes the passes over a vocabulary in plain TypeScript, for hosts without WebAssembly SIMD.
 *
 * @param vocabSize number of tokens.
 * @returns an engine with the same results as the WebAssembly one, bit for bit, at about a tenth of its speed.
 */
export function createScalarEngine(vocabSize: number): LogitsEngine {
  const length = Math.ceil(vocabSize / 4) * 4;
  const logits = new Float32Array(length).fill(Number.NEGATIVE_INFINITY);
  const blockSums = new Float64Array(Math.ceil(length / BLOCK_SIZE));
  const masses = new Float64Array(BUCKETS + 1);
  const counts = new Uint32Array(BUCKETS + 1);
  const logitBits = new Uint32Array(logits.buffer);
  let ids = new Uint32Array(0);
  let bits = new Uint32Array(0);
  // The four lanes of the SIMD accumulators.
  const lanes = new Float64Array(4);

  function takeLanes(): number {
    const sum = lanes[0]! + lanes[1]! + (lanes[2]! + lanes[3]!);
    lanes.fill(0);
    return sum;
  }

  return {
    logits,
    blockSums,
    masses,
    counts,
    get ids() {
      return ids;
    },
    get bits() {
      return bits;
    },

    reserve(capacity: number): void {
      if (ids.length >= capacity) return;
      ids = new Uint32Array(capacity);
      bits = new Uint32Array(capacity);
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

    sweep(
      scale: WeightScale,
      sumLow: number,
      sumHigh: number,
      gatherLow: number,
      gatherHigh: number,
    ): number {
      const { maximum, factor } = scale;
      let gathered = 0;
      lanes.fill(0);
      for (let start = 0, block = 0; start < length; start += BLOCK_SIZE, block++) {
        const stop = Math.min(start + BLOCK_SIZE, length);
        for (let i = start; i < stop; i++) {
          const logit = logits[i]!;
          if (logit >= sumLow && logit < sumHigh) lanes[i & 3]! += weight(logit, maximum, factor);
          if (logit >= gatherLow && logit < gatherHigh) {
            if (gathered < ids.length) {
              ids[gathered] = i;
              bits[gathered] = logitBits[i]!;
            }
            gathered++;
          }
        }
        blockSums[block] = takeLanes();
      }
      return gathered;
    },

    histogram(
      scale: WeightScale,
      low: number,
      high: number,
      top: number,
      lowKey: number,
      shift: number,
    ): void {
      const { maximum, factor, floor } = scale;
      masses.fill(0);
      counts.fill(0);
      lanes.fill(0);
      for (let i = 0; i < length; i++) {
        const logit = logits[i]!;
        if (!(logit >= low && logit < top)) continue;
        const mass = logit >= floor ? weight(logit, maximum, factor) : 0;
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
  };
}
