/**
 * Upper bound of the tail of a count of draws of which some are made without replacement: the null law of token lists of fixed size.
 * Source: Hoeffding, "Probability inequalities for sums of bounded random variables", J. Amer. Statist. Assoc. 58 (1963), theorem 4;
 * Bentkus, "On Hoeffding's inequalities", Ann. Probab. 32 (2004); Pinelis, "Optimal tail comparison based on comparison of
 * moments", Progr. Probab. 43 (1998).
 *
 * For convex f, E f(S) ≤ E f(B) with B ~ Bin(n, G / V). With f(y) = (y - t)+ and Markov's inequality,
 *
 *     P(S ≥ s) ≤ E(S - t)+ / (s - t) ≤ M(t) / (s - t),   M(t) = E(B - t)+,   for every t < s.
 *
 * M is linear between integers, so the quotient is monotone there, and the best t is an integer: the one at which the mean of B
 * beyond t passes s. From t + 1 to t, M grows by P(B > t): positive numbers only are added, each relative to P(B = s).
 */
import { lnBinomialPoint } from './binomial-point.ts';
import { log10OfTail } from './log10-tail.ts';

const MAX_TUPLES = 1e9;
const MAX_VOCABULARY: number = 2 ** 24;

/** What is left out above s, relative to what is summed; it is added. */
const REST: number = 2 ** -60;

/** Added to the bound for its rounding: relative to ln P(B = s), and for each step and each tuple above the mean. */
const MARGIN: number = 2 ** -40;
const MARGIN_PER_STEP: number = 2 ** -50;

/**
 * Bounds log10 P(S ≥ count) for S tokens on lists of `listed` of `vocabSize` ids, each list uniformly random.
 *
 * Tuples on one list are different tokens, so their indicators are drawn without replacement; which tuples share a list is not
 * needed. At most e times the tail of Bin(n, listed / vocabSize), which is the exact one where no two tuples share a list.
 *
 * @param listed    G, integer in 1 … vocabSize - 1.
 * @param vocabSize V, integer up to 2^24.
 * @param n         number of tuples, integer in 0 … 1e9; the work grows with √n (a millisecond there).
 * @param count     observed number of tokens on their lists, safe integer.
 * @returns log10 of a valid p-value, ≤ 0; 0 if count ≤ n G / V, and -Infinity (p = 0, exactly) if count > n.
 * @throws {RangeError} if an argument is out of range.
 */
export function drawnListsTailLog10(listed: number, vocabSize: number, n: number, count: number): number {
  if (!Number.isInteger(vocabSize) || vocabSize < 2 || vocabSize > MAX_VOCABULARY) {
    throw new RangeError(`"vocabSize" expected an integer in 2 … 2^24, got ${vocabSize}`);
  }
  if (!Number.isInteger(listed) || listed < 1 || listed >= vocabSize) {
    throw new RangeError(`"listed" expected an integer in 1 … ${vocabSize - 1}, got ${listed}`);
  }
  if (!Number.isInteger(n) || n < 0 || n > MAX_TUPLES) {
    throw new RangeError(`"n" expected an integer in 0 … 1e9, got ${n}`);
  }
  if (!Number.isSafeInteger(count)) throw new RangeError(`"count" expected a safe integer, got ${count}`);
  if (count > n) return -Infinity;
  // s V - n G, exact: below the mean nothing is bounded but by 1.
  if (count <= 0 || count * vocabSize <= n * listed) return 0;
  const q = listed / vocabSize;
  const failure = (vocabSize - listed) / vocabSize;
  const odds = listed / (vocabSize - listed);

  // P(B = k), P(B > t) and M(t) in units of P(B = s), from t = s - 1 downwards.
  let steps = 0;
  let beyond = 0;
  let excess = 0;
  for (let k = count, point = 1; ; k++, steps++) {
    beyond += point;
    excess += (k - count + 1) * point;
    const ratio = ((n - k) / (k + 1)) * odds;
    point *= ratio;
    // From here on points fall by `ratio` or more: Σ over i ≥ 0 of (a + i) r^i = a / (1 - r) + r / (1 - r)².
    const rest = point * ((k - count + 2) / (1 - ratio) + ratio / (1 - ratio) ** 2);
    if (ratio < 1 && rest <= REST * excess) {
      beyond += rest;
      excess += rest;
      break;
    }
  }
  let t = count - 1;
  let point = 1;
  let least = excess;
  while (t > 0) {
    point *= (t + 1) / ((n - t) * odds);
    // P(B = t) joins, so that this is P(B > t - 1).
    beyond += point;
    excess += beyond;
    t--;
    steps++;
    const quotient = excess / (count - t);
    if (quotient >= least) break;
    least = quotient;
  }
  const lnPoint = lnBinomialPoint(n, count, q, failure);
  const rounding =
    MARGIN * (1 - lnPoint) + MARGIN_PER_STEP * (steps + (count * vocabSize - n * listed) / vocabSize);
  return Math.min(0, log10OfTail(lnPoint + Math.log(least) + rounding));
}
