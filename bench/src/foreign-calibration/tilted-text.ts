/**
 * Texts that lean towards a key, with the weight that takes the lean out of an average.
 *
 * At each step c tokens are proposed, independent draws of the process that the text comes from, and one of them is taken with probability
 * q ∝ exp(θ s), s its score under the key (up to a limit). The weight is the product of (1 / c) / q over the steps. For any function f of the text the mean
 * of f · weight is then the mean of f over the process itself, whatever s is: given a step's proposals x₁…x_c, Σ q_j · (1/c) / q_j ·
 * f(x_j) is the average of f over them, and each of them has the process's law. So what is estimated does not rest on s, only its error does.
 */
import type { Random, TokenScores } from '@countermark/fixtures/calibration';

/** Draws independent next tokens of a process: as many as `out` has room for. */
export type Process = (text: Uint32Array, length: number, out: Uint32Array) => void;

/** A text and the logarithm of its weight. */
export interface TiltedText {
  readonly text: Uint32Array;
  readonly lnWeight: number;
}

const PROPOSALS = 160;
// Scores of gumbel marks are exponential: without a limit the weights of a few tokens would outweigh all.
const MOST_DEVIATIONS = 3;

/**
 * Writes one text.
 *
 * @param start  its first tokens, at least as many as a context has.
 * @param tilt   θ, at least 0; at 0 the text is one of the process.
 * @param scores of the key that it leans towards.
 */
export function writeTilted(
  start: Uint32Array,
  length: number,
  tilt: number,
  process: Process,
  scores: TokenScores,
  random: Random,
): TiltedText {
  const { contextWidth } = scores;
  const text = new Uint32Array(length);
  text.set(start);
  const proposals = new Uint32Array(PROPOSALS);
  const values = new Float64Array(PROPOSALS);
  const lean = new Float64Array(PROPOSALS);
  let lnWeight = 0;
  for (let at = start.length; at < length; at++) {
    process(text, at, proposals);
    scores.score(text.slice(at - contextWidth, at), proposals, values);
    for (let i = 0; i < PROPOSALS; i++) lean[i] = Math.exp(tilt * Math.min(values[i]!, MOST_DEVIATIONS));
    const sum = lean.reduce((total, each) => total + each, 0);
    let left = sum * random();
    let taken = 0;
    while (taken < PROPOSALS - 1 && left >= lean[taken]!) left -= lean[taken++]!;
    lnWeight += Math.log(sum / PROPOSALS / lean[taken]!);
    text[at] = proposals[taken]!;
  }
  return { text, lnWeight };
}
