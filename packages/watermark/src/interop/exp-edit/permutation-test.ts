/**
 * The permutation test of Kuditipudi's watermarks, without edit distance.
 *
 * Source: Kuditipudi, Thickstun, Hashimoto, Liang, "Robust Distortion-free Watermarks for Language Models", TMLR 2024, section 2;
 * jthickstun/watermark@80d4ec8, `watermarking/detection.py`. The p-value is the rank with the key itself counted, so that it is
 * never 0: Davison, Hinkley, "Bootstrap Methods and their Application", 1997, section 4.2.
 */

import type { PermutationTest } from '../../mark-key.ts';
import { checkInteger } from '../../prf/check.ts';
import { seededRandom } from '../../sampling/random.ts';
import { systemRandom } from '../../sampling/system-random.ts';

import { type CostTable, type ExpEditMethod, keyCosts } from './key.ts';

const TWO_32 = 2 ** 32;

/** Whose key is tested, and how. */
export interface ExpEditConfig {
  readonly method: ExpEditMethod;
  /** Rows of the key, n. */
  readonly key_len: number;
  /** Tokens in a block, k; by default the whole document. */
  readonly block?: number | undefined;
  /** Seed of the key; torch's CPU generator takes its low 32 bits. */
  readonly seed: number;
}

/** How {@link expEditTest} draws random keys. */
export interface ExpEditTestOptions {
  /** Random keys R, 1…10^7: the smallest p-value is 1 / (R + 1). */
  readonly permutations: number;
  /** Makes the random keys reproducible; by default they come from the system's generator. */
  readonly seed?: Uint8Array | string | number;
}

/** What {@link expEditTest} finds. */
export interface ExpEditResult extends PermutationTest {
  /** log10 of (1 + atLeastAsStrong) / (permutations + 1). */
  readonly log10PValue: number;
}

/**
 * Ranks the key's statistic φ among those of random keys.
 *
 * φ is the least cost of a block of k tokens against k rows of the key in turn, over all blocks and all rows to begin at, the
 * key being a circle. Of text that does not depend on the key, φ of the key and of the R random keys are exchangeable,
 * whatever the text: so P(p ≤ α) ≤ α. Random keys of `transform` are whole keys of random 32-bit seeds. Those of `gumbel`
 * have numbers for the document's tokens only; that is the same law as long as the generator is taken as random.
 *
 * Cost: R (n · tokens) additions and, for `gumbel`, n · vocabSize numbers for the key itself.
 *
 * @param tokenIds  Uint32Array `[m]`. With fewer tokens than a block, or none, there is no evidence: p = 1.
 * @param config    the key.
 * @param vocabSize ids in all.
 * @throws {RangeError} if a token id is not below `vocabSize`, or an option is out of range.
 */
export function expEditTest(
  tokenIds: Uint32Array,
  config: ExpEditConfig,
  vocabSize: number,
  { permutations, seed }: ExpEditTestOptions,
): ExpEditResult {
  checkInteger('permutations', permutations, 1, 1e7);
  const { method, key_len: rows } = config;
  const block = config.block ?? tokenIds.length;
  if (tokenIds.length < Math.max(1, block)) return noEvidence(permutations);
  const distinct = Uint32Array.from(new Set(tokenIds)).sort();
  const largest = distinct.at(-1)!;
  if (largest >= vocabSize) checkInteger('tokenIds', largest, 0, vocabSize - 1);
  const columnOf = new Map(Array.from(distinct, (id, column) => [id, column]));
  const columns = Uint32Array.from(tokenIds, (id) => columnOf.get(id)!);

  const statistic = leastCost(
    keyCosts(method, config.seed % TWO_32, rows, vocabSize, distinct),
    columns,
    distinct.length,
    block,
  );
  // A random key of `gumbel` needs no columns that no token reads.
  const isGumbel = method === 'gumbel';
  const randomIds = isGumbel ? Uint32Array.from(distinct, (_, column) => column) : distinct;
  const randomVocabulary = isGumbel ? distinct.length : vocabSize;
  const random = seed === undefined ? systemRandom() : seededRandom(seed);
  let atLeastAsStrong = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < permutations; i++) {
    const keySeed = Math.floor(random() * TWO_32);
    const table = keyCosts(method, keySeed, rows, randomVocabulary, randomIds);
    const cost = leastCost(table, columns, distinct.length, block);
    if (cost <= statistic) atLeastAsStrong++;
    sum += cost - statistic;
    squares += (cost - statistic) ** 2;
  }
  const shift = sum / permutations;
  return {
    statistic,
    nullMean: statistic + shift,
    nullDeviation: Math.sqrt(Math.max(0, squares / permutations - shift ** 2)),
    permutations,
    atLeastAsStrong,
    scored: tokenIds.length,
    log10PValue: Math.log10((1 + atLeastAsStrong) / (permutations + 1)),
  };
}

function noEvidence(permutations: number): ExpEditResult {
  return {
    statistic: 0,
    nullMean: 0,
    nullDeviation: 0,
    permutations,
    atLeastAsStrong: permutations,
    scored: 0,
    log10PValue: 0,
  };
}

// Along each diagonal of tokens against rows, the sum over a block slides.
function leastCost({ rows, costs }: CostTable, columns: Uint32Array, width: number, block: number): number {
  const length = columns.length;
  let least = Infinity;
  const diagonal = new Float64Array(length);
  for (let start = 0; start < rows; start++) {
    let sum = 0;
    for (let i = 0, row = start; i < length; i++) {
      const cost = costs[row * width + columns[i]!]!;
      diagonal[i] = cost;
      sum += cost;
      if (i >= block) sum -= diagonal[i - block]!;
      if (i >= block - 1 && sum < least) least = sum;
      row++;
      if (row === rows) row = 0;
    }
  }
  return least;
}
