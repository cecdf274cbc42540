/** How much answers to one prompt have in common. */

const GRAM = 4;

/** Mean over pairs of answers to one prompt of the share of the first's 4-grams that the second has too. */
export function sharedGrams(groups: readonly Uint32Array[][]): number {
  return meanOverPairs(groups, (a, b) => {
    const held = new Set(gramsOf(b));
    const own = gramsOf(a);
    return own.filter((gram) => held.has(gram)).length / own.length;
  });
}

/** Mean over pairs of answers to one prompt of the number of equal tokens at their start. */
export function sharedOpening(groups: readonly Uint32Array[][]): number {
  return meanOverPairs(groups, (a, b) => {
    let length = 0;
    while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
    return length;
  });
}

function meanOverPairs(
  groups: readonly Uint32Array[][],
  value: (a: Uint32Array, b: Uint32Array) => number,
): number {
  const values = groups.flatMap((group) =>
    group.flatMap((a, i) => group.filter((_, j) => j !== i).map((b) => value(a, b))),
  );
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

function gramsOf(ids: Uint32Array): string[] {
  return Array.from({ length: ids.length - GRAM + 1 }, (_, i) => ids.subarray(i, i + GRAM).join(' '));
}
