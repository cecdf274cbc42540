/** Temperature and top-p as three_bricks and TextSeal apply them. */

/**
 * Computes probabilities after temperature and top-p: tokens are kept while what is likelier has at most top-p.
 *
 * @returns `[vocab]`, 0 where a token is dropped.
 */
export function nucleusOf(logits: readonly number[], temperature: number, topP: number): number[] {
  const most = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp((logit - most) / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  const probs = weights.map((weight) => weight / total);
  const order = [...probs.keys()].sort((a, b) => probs[b]! - probs[a]!);
  let before = 0;
  const kept = new Array<number>(probs.length).fill(0);
  for (const id of order) {
    if (before <= topP) kept[id] = probs[id]!;
    before += probs[id]!;
  }
  const mass = kept.reduce((a, b) => a + b, 0);
  return kept.map((prob) => prob / mass);
}

/** The candidates of such a distribution, likeliest first. */
export function candidatesFrom(probs: readonly number[]) {
  const ids = [...probs.keys()].filter((id) => probs[id]! > 0).sort((a, b) => probs[b]! - probs[a]!);
  return {
    count: ids.length,
    tokenIds: Uint32Array.from(ids),
    probs: Float64Array.from(ids, (id) => probs[id]!),
    tailMass: 0,
    drawTail: (): number => {
      throw new Error('there is no tail');
    },
  };
}

/** Randomness that a marked step must not draw. */
export function noRandom(): number {
  throw new Error('a marked step drew a fresh number');
}

/** Softmax of logits. */
export function softmax(logits: Float64Array): number[] {
  const weights = Array.from(logits, Math.exp);
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}
