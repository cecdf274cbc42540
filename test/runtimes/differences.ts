import type { Findings } from './program.ts';

// What the tails promise (test/vectors): hosts may differ in the last bits of Math.log and its like, which ECMAScript leaves to them.
const RELATIVE = 1e-10;
// A page writes three digits.
const PRINTED = 1e-2;

const FRACTION = /"(-?[\d.e+-]+) = [0-9a-f]{16}"/g;
const PRINTED_NUMBER = /\d+(?:\.\d+)?(?:e[+-]\d+)?/g;

/**
 * Lists what two runtimes found differently. Token ids, words, scores, verdicts, keys, texts and every other integer must be the same,
 * fractions nearly so.
 */
export function differences(found: Findings, expected: Findings): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...names].filter((name) => {
    const [a, b] = [found[name], expected[name]];
    if (a === undefined || b === undefined) return true;
    return name.endsWith(': page')
      ? !alike(a, b, PRINTED_NUMBER, (x, y) => Math.abs(x - y) <= PRINTED * Math.abs(y))
      : !alike(a, b, FRACTION, (x, y) => Math.abs(x - y) <= RELATIVE * Math.abs(y));
  });
}

function alike(a: string, b: string, number: RegExp, near: (a: number, b: number) => boolean): boolean {
  if (a.replace(number, '#') !== b.replace(number, '#')) return false;
  const [left, right] = [a, b].map((text) =>
    Array.from(text.matchAll(number), ([whole, fraction]) => Number(fraction ?? whole)),
  ) as [number[], number[]];
  return left.every((value, i) => near(value, right[i] ?? Number.NaN));
}
