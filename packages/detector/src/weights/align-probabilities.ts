/**
 * Carries the probabilities of one tokenizer's tokens over to another's tokens of the same bytes.
 *
 * The logarithm of a token's probability is spread evenly over its bytes, and a token of the other tokenizer gets the sum over
 * its own. That is a guess where borders differ; what a p-value rests on is only that it does not depend on the key.
 *
 * @param probabilities `[m]`, 0 … 1.
 * @param from          `[m + 1]`, ascending: the byte at which each of the m tokens begins, and the end.
 * @param to            `[n + 1]`, ascending: the same for the other tokens of the same bytes.
 * @returns Float64Array `[n]`, 0 … 1; 1 for a token without bytes.
 * @throws {RangeError} if the numbers of tokens or of bytes differ.
 */
export function alignProbabilities(
  probabilities: ArrayLike<number>,
  from: ArrayLike<number>,
  to: ArrayLike<number>,
): Float64Array {
  const count = probabilities.length;
  if (from.length !== count + 1) {
    throw new RangeError(`"from" expected ${count + 1} offsets, got ${from.length}`);
  }
  const bytes = from[count] ?? 0;
  const last = to[to.length - 1] ?? 0;
  if (last !== bytes) throw new RangeError(`"to" expected to end at byte ${bytes}, got ${last}`);
  let token = 0;
  return Float64Array.from({ length: to.length - 1 }, (_, i) => {
    const start = to[i] ?? 0;
    const end = to[i + 1] ?? 0;
    let ln = 0;
    while (token < count && (from[token + 1] ?? 0) <= start) token++;
    for (let at = token; at < count && (from[at] ?? 0) < end; at++) {
      const first = from[at] ?? 0;
      const next = from[at + 1] ?? 0;
      const shared = Math.min(next, end) - Math.max(first, start);
      if (shared > 0) ln += (Math.log(probabilities[at] ?? 0) * shared) / (next - first);
    }
    return Math.exp(ln);
  });
}
