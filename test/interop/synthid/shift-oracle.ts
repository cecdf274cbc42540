/** Tails over all keys of layers once more, by counting in whole numbers: written for nothing but to compare with. */
import { countWays } from '../../stats/exact.ts';

/** A positive fraction. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** P(Σ weight · value ≥ threshold), one value from each layer's list, each as likely as another. */
export function tailOverKeys(
  layers: readonly { readonly weight: number; readonly values: readonly number[] }[],
  threshold: number,
): Fraction {
  const sums = countWays(
    layers.map(({ weight, values }) => ({ scores: values.map((value) => weight * value), count: 1 })),
  );
  let numerator = 0n;
  for (const [sum, ways] of sums) if (sum >= threshold) numerator += ways;
  return { numerator, denominator: layers.reduce((all, { values }) => all * BigInt(values.length), 1n) };
}

/** 1 / P(count independent uniform numbers of `width` are all different). */
export function differentFactor(count: number, width: bigint): Fraction {
  let fraction = { numerator: 1n, denominator: 1n };
  for (let i = 0n; i < count; i++) {
    fraction = { numerator: fraction.numerator * width, denominator: fraction.denominator * (width - i) };
  }
  return fraction;
}

/** (n + 2)^m / (n (n − 1) … (n − m + 1)), n = 2^14 − 1 whole tables' lengths: for not knowing where keys end. */
export function unknownEndsFactor(depth: number): Fraction {
  const blocks = 2n ** 14n - 1n;
  const { numerator, denominator } = differentFactor(depth, blocks);
  return { numerator: (numerator * (blocks + 2n) ** BigInt(depth)) / blocks ** BigInt(depth), denominator };
}

/** log10 of the product of fractions, at most 0. */
export function log10Product(...fractions: readonly Fraction[]): number {
  let numerator = 1n;
  let denominator = 1n;
  for (const fraction of fractions) {
    numerator *= fraction.numerator;
    denominator *= fraction.denominator;
  }
  // Sixty digits of the quotient.
  const digits = String((numerator * 10n ** 400n) / denominator);
  return Math.min(0, Math.log10(Number(`0.${digits.slice(0, 20)}`)) + digits.length - 400);
}
