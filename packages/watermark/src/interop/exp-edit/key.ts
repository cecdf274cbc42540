/**
 * Keys of Kuditipudi's watermarks: a sequence of random numbers, and for `transform` an order of the vocabulary.
 *
 * Source: Kuditipudi, Thickstun, Hashimoto, Liang, "Robust Distortion-free Watermarks for Language Models", TMLR 2024;
 * jthickstun/watermark@80d4ec8, `watermarking/transform/key.py` and `gumbel/key.py`: all from one torch generator.
 */
import { TorchRandom } from '../torch/random.ts';

/** Which map from keys to tokens. */
export type ExpEditMethod = 'transform' | 'gumbel';

/** What the statistic needs of a key: how well each token goes with each row of it; lower is better. */
export interface CostTable {
  /** Rows of the key, n. */
  readonly rows: number;
  /** Float64Array `[rows * tokens]`, row-major. */
  readonly costs: Float64Array;
}

/**
 * Draws the key of a seed and computes the costs of some tokens.
 *
 * `gumbel` draws `rows * vocabSize` numbers, 3 ns each; they are not kept.
 *
 * @param seed     unsigned 32-bit integer.
 * @param rows     length of the key, n.
 * @param tokenIds Uint32Array, distinct ids below `vocabSize`, ascending.
 */
export function keyCosts(
  method: ExpEditMethod,
  seed: number,
  rows: number,
  vocabSize: number,
  tokenIds: Uint32Array,
): CostTable {
  const random = new TorchRandom(seed);
  const table =
    method === 'transform'
      ? transformCosts(random, rows, vocabSize, tokenIds)
      : gumbelCosts(random, rows, vocabSize, tokenIds);
  random.wipe();
  return table;
}

/** A whole key, for writing. */
export interface ExpEditKey {
  /** Uint32Array `[vocabSize]`, the order of the vocabulary; ascending for `gumbel`. */
  readonly order: Uint32Array;
  /** Float32Array `[rows]`, or `[rows * vocabSize]` row-major for `gumbel`. */
  readonly uniforms: Float32Array;
}

/** Draws the whole key of a seed. */
export function drawKey(method: ExpEditMethod, seed: number, rows: number, vocabSize: number): ExpEditKey {
  const random = new TorchRandom(seed);
  const isTransform = method === 'transform';
  const order = isTransform
    ? random.randPerm(vocabSize)
    : Uint32Array.from({ length: vocabSize }, (_, id) => id);
  const uniforms = new Float32Array(isTransform ? rows : rows * vocabSize);
  for (let i = 0; i < uniforms.length; i++) uniforms[i] = random.rand();
  random.wipe();
  return { order, uniforms };
}

// |rank / vocabSize − ξ|: the rank of a token is where it stands in the permutation. In single precision there.
function transformCosts(
  random: TorchRandom,
  rows: number,
  vocabSize: number,
  tokenIds: Uint32Array,
): CostTable {
  const rankOf = new Uint32Array(vocabSize);
  random.randPerm(vocabSize).forEach((id, rank) => {
    rankOf[id] = rank;
  });
  const places = Float64Array.from(tokenIds, (id) => Math.fround(rankOf[id]! / vocabSize));
  const costs = new Float64Array(rows * places.length);
  for (let row = 0, at = 0; row < rows; row++) {
    const uniform = random.rand();
    for (const place of places) costs[at++] = Math.abs(place - uniform);
  }
  return { rows, costs };
}

// ln(1 − ξ) of the token's own number.
function gumbelCosts(random: TorchRandom, rows: number, vocabSize: number, tokenIds: Uint32Array): CostTable {
  const costs = new Float64Array(rows * tokenIds.length);
  for (let row = 0, at = 0; row < rows; row++) {
    let next = 0;
    for (const id of tokenIds) {
      for (; next < id; next++) random.random();
      costs[at++] = Math.log(1 - random.rand());
      next++;
    }
    for (; next < vocabSize; next++) random.random();
  }
  return { rows, costs };
}
