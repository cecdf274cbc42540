/** Unmarked texts under random keys of SynthID-Text, and laws of weighted bits that no other code of ours computes. */
import { type ForeignMark, SYNTHID_HF, SYNTHID_TEXT } from '@countermark/watermark/interop';
import { drawNames, textWords } from './case.ts';

/** A reproducible generator (Steele, Lea, Flood 2014: SplitMix64): whole numbers of 64 bits. */
export function splitMix(seed: bigint): () => bigint {
  let state = seed;
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let word = state;
    word = BigInt.asUintN(64, (word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n);
    word = BigInt.asUintN(64, (word ^ (word >> 27n)) * 0x94d049bb133111ebn);
    return word ^ (word >> 31n);
  };
}

/** A generator of doubles in [0, 1). */
function uniform(seed: bigint): () => number {
  const next = splitMix(seed);
  return () => Number(next() >> 11n) * 2 ** -53;
}

/** Ids of a text in which few are frequent: the k-th id of a vocabulary has a share of about 1 / k. */
export function zipfText(length: number, vocabSize: number, seed: bigint): Uint32Array {
  const random = uniform(seed);
  return Uint32Array.from({ length }, () => Math.floor(vocabSize ** random()) - 1);
}

/** Opens a mark of transformers under random keys. */
export function openHf(
  depth: number,
  next: () => bigint,
  settings: { readonly ngram_len: number; readonly sampling_table_seed: number },
): ForeignMark {
  const keys = Array.from({ length: depth }, () => String(BigInt.asIntN(64, next())));
  return SYNTHID_HF.open(SYNTHID_HF.config.parse({ keys, ...settings }), 2 ** 20);
}

/** Opens a mark of synthid-text under random keys. */
export function openText(depth: number, next: () => bigint, ngramLength: number): ForeignMark {
  const keys = Array.from({ length: depth }, () => String(BigInt.asIntN(64, next())));
  const config = { keys, ngram_len: ngramLength, context_history_size: 1024 };
  return SYNTHID_TEXT.open(SYNTHID_TEXT.config.parse(config), 2 ** 20);
}

/** Positions, from the first scored token on, at which a draw comes for the first time. */
export function firstDraws(mark: ForeignMark, tokenIds: Uint32Array): number[] {
  const seen = new Set<string>();
  return drawNames(mark, tokenIds).flatMap((name, i) => {
    if (seen.has(name)) return [];
    seen.add(name);
    return [i];
  });
}

/** The score of a text's first draws. */
export function scoreDraws(mark: ForeignMark, tokenIds: Uint32Array, draws: readonly number[]): number {
  const words = textWords(mark, tokenIds);
  return mark.wordScore.sumScores(
    Uint32Array.from(draws, (i) => words[i]!),
    draws.length,
  );
}

/** The null law of n draws of weighted bits, as mean and deviation with a bound on what the normal law is wrong by. */
export interface NormalLaw {
  readonly mean: number;
  readonly deviation: number;
  /** Shevtsova, Doklady Mathematics 82 (2010): Berry and Esseen's constant is at most 0.56 for unlike terms. */
  readonly error: number;
}

export function normalLaw(weights: Iterable<number>, share: number, draws: number): NormalLaw {
  let mean = 0;
  let variance = 0;
  let third = 0;
  const spread = share * (1 - share);
  for (const weight of weights) {
    mean += draws * weight * share;
    variance += draws * weight ** 2 * spread;
    third += draws * weight ** 3 * spread * (share ** 2 + (1 - share) ** 2);
  }
  return { mean, deviation: Math.sqrt(variance), error: (0.56 * third) / variance ** 1.5 };
}

/** P(Z > z) for a standard normal Z: Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7. */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (poly * Math.exp(-x * x)) / 2;
  return z < 0 ? 1 - tail : tail;
}

/** P(sum ≥ s) for s = 0, 1, … of n draws of weighted bits, by convolution: exact to rounding. */
export function exactTails(weights: Iterable<number>, share: number, draws: number): Float64Array {
  let masses = new Float64Array([1]);
  for (const weight of weights) {
    for (let draw = 0; draw < draws; draw++) {
      const next = new Float64Array(masses.length + weight);
      for (const [sum, mass] of masses.entries()) {
        next[sum]! += mass * (1 - share);
        next[sum + weight]! += mass * share;
      }
      masses = next;
    }
  }
  for (let sum = masses.length - 2; sum >= 0; sum--) masses[sum]! += masses[sum + 1]!;
  return masses;
}
