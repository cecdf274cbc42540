import { readFileSync } from 'node:fs';
import {
  binomialTailLog10,
  drawnListsTailLog10,
  gammaSumTailLog10,
  gammaTailLog10,
  weightedBitsTailLog10,
} from '@countermark/detector/stats';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/statistics.md', import.meta.url), 'utf8');
const QUARTER = 2 ** 30;
const HALF = 2 ** 31;
const depth30 = Uint32Array.from({ length: 30 }, (_, layer) => 290 - 9 * layer);
const sumOf = (values: Uint32Array, power: number): number => values.reduce((sum, x) => sum + x ** power, 0);

/** P(Z ≥ z) of a standard normal, by Laplace's continued fraction for Mills' ratio; for z ≥ 4. */
function normalTail(z: number): number {
  let fraction = z;
  for (let i = 100; i >= 1; i--) fraction = z + i / fraction;
  return Math.exp(-0.5 * z * z) / (fraction * Math.sqrt(2 * Math.PI));
}

/**
 * P(scale · Y + X ≥ threshold) for Y ~ Gamma(shape, 1) and an independent X of a given log10 tail.
 *
 * The trapezoid rule over 12 standard deviations on either side of Y's mean; the integrand vanishes at both ends, so
 * 2,000 points leave far less than the two digits that are printed.
 */
function tailOfSum(
  shape: number,
  scale: number,
  tailLog10: (x: number) => number,
  threshold: number,
): number {
  let lnFactorial = 0;
  for (let i = 2; i < shape; i++) lnFactorial += Math.log(i);
  const step = (24 * Math.sqrt(shape)) / 2000;
  let sum = 0;
  for (let y = Math.max(step, shape - 1000 * step); y < shape + 1000 * step; y += step) {
    const density = Math.exp((shape - 1) * Math.log(y) - y - lnFactorial);
    sum += step * density * 10 ** tailLog10(threshold - scale * y);
  }
  return sum;
}

/** The x with P(Gamma(n, 1) ≥ x) = alpha, by bisection. */
function gammaQuantile(n: number, alpha: number): number {
  let [low, high] = [0, 2 * n + 200];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (gammaTailLog10(n, middle) > Math.log10(alpha)) low = middle;
    else high = middle;
  }
  return high;
}

const scientific = (p: number): string => p.toExponential(1);
const percent = (p: number): string => `${Number((100 * p).toPrecision(2))} %`;
const row = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;

describe('docs/statistics.md', () => {
  it.each([
    [50, 25],
    [200, 100],
  ])('states the tails of a green-list count: n = %d, k = %d', (n, k) => {
    const z = (k - n / 4) / Math.sqrt((3 * n) / 16);
    const exact = 10 ** binomialTailLog10(n, k, QUARTER);
    const cells = ['green-list, γ = ¼', n, z.toFixed(1), scientific(normalTail(z)), scientific(exact)];
    expect(page).toContain(row(...cells));
  });

  it.each([
    [50, 5],
    [250, 5],
    [250, 8],
    [1_000_000, 5],
  ])('states the tails of a Gumbel sum: n = %d, z = %d', (n, z) => {
    const exact = 10 ** gammaTailLog10(n, n + z * Math.sqrt(n));
    const cells = [
      'gumbel',
      n.toLocaleString('en'),
      z.toFixed(1),
      scientific(normalTail(z)),
      scientific(exact),
    ];
    expect(page).toContain(row(...cells));
  });

  it.each([
    [250, 5],
    [250, 20],
  ])('states the tails of a tournament score: n = %d, z = %d', (n, z) => {
    const sum = Math.ceil((n * sumOf(depth30, 1)) / 2 + (z / 2) * Math.sqrt(n * sumOf(depth30, 2)));
    const exact = 10 ** weightedBitsTailLog10(depth30, n, sum);
    const cells = ['tournament, depth 30', n, z.toFixed(1), scientific(normalTail(z)), scientific(exact)];
    expect(page).toContain(row(...cells));
  });

  it.each([
    ['10 tuples, 16 times', 10, 16],
    ['100 tuples, 3 times', 100, 3],
    ['250 tuples, twice', 250, 2],
  ])('states what counting repeats does: %s', (text, tuples, times) => {
    // The sum is `times` Gamma(tuples, 1), and would be read as Gamma(times · tuples, 1).
    const rate = (alpha: number): number =>
      10 ** gammaTailLog10(tuples, gammaQuantile(times * tuples, alpha) / times);
    expect(page).toContain(row(text, percent(rate(1e-2)), percent(rate(1e-6))));
  });

  it('states what a shared opening does to pooled documents', () => {
    const rate = (alpha: number): number =>
      tailOfSum(20, 100, (x) => gammaTailLog10(28_000, x), gammaQuantile(30_000, alpha));
    const text = '100 documents of 300 tuples with the first 20 in common';
    expect(page).toContain(row(text, percent(rate(1e-2)), percent(rate(1e-6))));
  });

  it.each([5, 8, 14])('states what matching two moments does at z = %d', (z) => {
    // Mean 80, variance 50: the gamma law of the same moments has shape 128 and scale 5/8.
    const threshold = 80 + z * Math.sqrt(50);
    const exact = tailOfSum(160, 1 / 4, (x) => gammaTailLog10(40, x), threshold);
    const matched = 10 ** gammaTailLog10(128, threshold / (5 / 8));
    expect(page).toContain(row(z, scientific(matched), scientific(exact)));
  });

  it('states the mid-p example and the approximation without its root', () => {
    const tail = (k: number): number => 10 ** binomialTailLog10(20, k, HALF);
    expect(page).toContain(`19 of 20 at γ = ½: ${(0.5 * (tail(19) + tail(20))).toExponential(2)} for`);
    expect(page).toContain(`for a true ${tail(19).toExponential(2)}`);
    expect(page).toContain(
      `z = 5 gives ${scientific(Math.exp(-50 / Math.PI) / 2)} for ${scientific(normalTail(5))}`,
    );
  });

  it.each([
    [8042, 50, 28],
    [8042, 200, 81],
    [8042, 200, 112],
    [8042, 1000, 319],
    [8042, 1000, 387],
    [16_084, 200, 136],
  ])(
    'states what the bound for lists of a fixed size loses: %d of 32168, n = %d, count = %d',
    (listed, n, count) => {
      const gamma = listed / 32_168;
      const exact = binomialTailLog10(n, count, gamma * 2 ** 32);
      const bound = drawnListsTailLog10(listed, 32_168, n, count);
      const factor = (10 ** (bound - exact)).toFixed(1);
      const cells = [
        gamma,
        n.toLocaleString('en'),
        count,
        scientific(10 ** exact),
        scientific(10 ** bound),
        factor,
      ];
      expect(page).toContain(row(...cells));
    },
  );

  it.each([
    [0.3, 29, 5],
    [0.3, 29, 8],
    [0.3, 29, 14],
    [0.3, 290, 8],
    [0.3, 290, 14],
    [0.1, 41, 14],
  ])('states what matching two moments does to two keys: alpha = %d, n = %d, z = %d', (alpha, n, z) => {
    // Mean n and variance n v: the gamma law of the same moments has the scale v and the shape n / v, an integer here.
    const v = alpha ** 2 + (1 - alpha) ** 2;
    const threshold = n + z * Math.sqrt(n * v);
    const matched = gammaTailLog10(Math.round(n / v), threshold / v);
    const exact = gammaSumTailLog10([1 - alpha, alpha], n, threshold);
    const tails = [scientific(10 ** matched), scientific(10 ** exact)];
    expect(page).toContain(row(alpha, n, z, ...tails, (10 ** (exact - matched)).toFixed(1)));
    // The quadrature of the table in section 8 agrees.
    const integrated = tailOfSum(n, alpha, (x) => gammaTailLog10(n, x / (1 - alpha)), threshold);
    expect(scientific(integrated)).toBe(tails[1]);
  });
});
