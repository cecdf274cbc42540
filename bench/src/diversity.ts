/** How much answers to one prompt have in common; every group has as many answers. */
import { selfOverlap } from '@countermark/evaluation';

const GRAM = 4;

/** Mean over pairs of answers to one prompt of the share of the first's 4-grams that the second has too. */
export function sharedGrams(groups: readonly Uint32Array[][]): number {
  return mean(groups.map((group) => selfOverlap(group, GRAM)));
}

/** Mean over pairs of answers to one prompt of the number of equal tokens at their start. */
export function sharedOpening(groups: readonly Uint32Array[][]): number {
  return mean(
    groups.flatMap((group) =>
      group.flatMap((a, i) => group.filter((_, j) => j !== i).map((b) => equalOpening(a, b))),
    ),
  );
}

function equalOpening(a: Uint32Array, b: Uint32Array): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
