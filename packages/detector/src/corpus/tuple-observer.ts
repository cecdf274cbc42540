import { HEADER_WORDS } from '@countermark/watermark/scheme';
import type { ScoredRun } from '../score/scorer.ts';
import type { ThresholdSample } from './threshold-sample.ts';
import { fingerprintHigh, fingerprintLow } from './tuple-fingerprint.ts';

/** Parts of a document's tuples whose smallest fingerprints are its signature. */
const PARTS = 8;

/**
 * Takes what a corpus keeps of a document's scored tuples: those in the sample, and a signature that near copies share.
 *
 * The signature is minwise: the tuples fall into eight parts by their fingerprint, and of each part the smallest is kept. Two
 * documents agree in a part with about the probability that a tuple of either is one of both.
 * Source: Broder, "On the resemblance and containment of documents", 1997; Li, Owen, Zhang, "One permutation hashing", NIPS 2012.
 */
export class TupleObserver {
  readonly #sample: ThresholdSample;
  readonly #least = new Uint32Array(PARTS);

  /** @param sample where tuples go, with their words. */
  constructor(sample: ThresholdSample) {
    this.#sample = sample;
  }

  /** Starts a document. */
  startDocument(): void {
    this.#least.fill(0xffffffff);
  }

  /** Takes the scored tuples of a run. */
  observe({ tokenIds, contextWidth, headers, positions, words }: ScoredRun): void {
    const sample = this.#sample;
    const least = this.#least;
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      const at = HEADER_WORDS * (position - contextWidth);
      const tokenId = tokenIds[position]!;
      const high = fingerprintHigh(headers[at + 3]!, tokenId);
      const low = fingerprintLow(headers[at + 2]!, tokenId);
      const part = low & (PARTS - 1);
      if (high < least[part]!) least[part] = high;
      if (Math.clz32(high) >= sample.level) sample.add(low, high, words[i]!);
    }
  }

  /**
   * Returns the two halves of the signature of the document since {@link startDocument}, each 64 bits: low, high, low, high.
   *
   * A half is 0 where one of its parts is empty: the document is too short to be compared.
   */
  signature(): [number, number, number, number] {
    const half = (from: number): [number, number] => {
      const parts = this.#least.subarray(from, from + PARTS / 2);
      if (parts.includes(0xffffffff)) return [0, 0];
      return [mix(parts, 0x243f6a88), mix(parts, 0x85a308d3)];
    };
    return [...half(0), ...half(PARTS / 2)];
  }
}

/** Thirty-two bits of some words: multiply and rotate, over again. */
function mix(parts: Uint32Array, seed: number): number {
  let state = seed;
  for (const part of parts) {
    state = Math.imul(state ^ part, 0x9e3779b1);
    state ^= state >>> 15;
    state = Math.imul(state, 0x85ebca6b);
    state ^= state >>> 13;
  }
  return state >>> 0;
}
