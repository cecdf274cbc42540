/**
 * Checks a strength that is a share.
 *
 * @throws {RangeError} if it is not in 0 … 1.
 */
export function checkShare(strength: number): void {
  if (!(strength >= 0 && strength <= 1)) {
    throw new RangeError(`"strength" expected 0 <= strength <= 1, got ${strength}`);
  }
}

/**
 * Chooses units of a text at random, each as likely as any other.
 *
 * Exactly `chosen` of them, so that the share is what was asked for up to half a unit. Draws the same number of uniforms
 * whatever is chosen: with the same randomness, what a smaller share touches is touched by a larger one too.
 *
 * @param count  how many there are.
 * @param chosen how many are chosen, at most `count`.
 * @param random yields uniform numbers in (0, 1).
 * @returns their indices.
 */
export function chooseUnits(count: number, chosen: number, random: () => number): Set<number> {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor((count - i) * random());
    const held = order[i] as number;
    order[i] = order[j] as number;
    order[j] = held;
  }
  return new Set(order.subarray(0, chosen));
}

/** Returns one of several things at random. */
export function pick<T>(choices: readonly T[], random: () => number): T {
  return choices[Math.floor(choices.length * random())] as T;
}

/** Returns `part / whole`, and 0 for nothing of nothing. */
export function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
