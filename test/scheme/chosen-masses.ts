import type { Scheme } from '@countermark/watermark/scheme';

/** The token id that stands for the tail's tokens. */
export const TAIL = 1_000_000;

/** Candidates 0, 1, … with the given probabilities, and the rest of the mass in the tail. */
export function candidatesOf(probs: readonly number[], tailMass = 0) {
  return {
    count: probs.length,
    tokenIds: Uint32Array.from(probs, (_, i) => i),
    probs: Float64Array.from(probs),
    tailMass,
    drawTail: (): number => TAIL,
  };
}

/** A source of randomness that yields the given numbers and then throws. */
export function scripted(...numbers: number[]): () => number {
  let at = 0;
  return () => {
    if (at === numbers.length) throw new Error('more randomness was drawn than expected');
    return numbers[at++]!;
  };
}

/**
 * The probability of each candidate, and of the tail last, in a step whose last draw inverts a cumulative distribution.
 *
 * The edges between outcomes are found by bisection of that draw, so the scheme is seen through `choose` alone; 53 halvings
 * leave nothing of a double's 53 bits.
 *
 * @param fixed what the scheme draws before that.
 */
export function chosenMasses(
  scheme: Scheme,
  probs: readonly number[],
  tailMass: number,
  words: readonly number[],
  fixed: readonly number[] = [],
): number[] {
  const candidates = candidatesOf(probs, tailMass);
  const chosen = (uniform: number): number => {
    const random = scripted(...fixed, uniform, 0.5);
    const tokenId = scheme.choose({ candidates, words: Uint32Array.from(words), random });
    return tokenId === TAIL ? probs.length : tokenId;
  };
  let from = 0;
  return Array.from({ length: probs.length + 1 }, (_, outcome) => {
    let low = from;
    let high = 1;
    for (let i = 0; i < 53; i++) {
      const middle = (low + high) / 2;
      if (chosen(middle) <= outcome) low = middle;
      else high = middle;
    }
    const mass = high - from;
    from = high;
    return mass;
  });
}
