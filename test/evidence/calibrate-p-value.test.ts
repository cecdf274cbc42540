import { eValueOfPValue } from '@countermark/detector/evidence';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const parameters = { seed: 1, numRuns: 300 };

// With L = -ln p, E = (e^L - 1 - L) / L², and E e^-L has the antiderivative -(1 - e^-L) / L.
const massAbove = (nats: number): number => (nats === 0 ? 1 : -Math.expm1(-nats) / nats);

describe('eValueOfPValue', () => {
  it('has mean 1 for a uniform p: over every interval it is the difference of an antiderivative', () => {
    // Simpson's rule of 64 parts on a hundredth of a nat: an error below 1e-14.
    const integrand = (nats: number): number => 10 ** eValueOfPValue(-nats * Math.LOG10E) * Math.exp(-nats);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 30, noNaN: true }), (from) => {
        const step = 0.01 / 64;
        let sum = integrand(from) + integrand(from + 0.01);
        for (let i = 1; i < 64; i++) sum += (i % 2 === 1 ? 4 : 2) * integrand(from + i * step);
        const expected = massAbove(from) - massAbove(from + 0.01);
        expect(Math.abs((sum * step) / 3 / expected - 1)).toBeLessThan(1e-10);
      }),
      { ...parameters, numRuns: 100 },
    );
    // All of it: 1 at L = 0, and nothing is left at the end.
    expect(massAbove(0)).toBe(1);
    expect(massAbove(1e15)).toBeLessThan(1e-14);
  });

  it('has mean at most 1 for discrete p-values', () => {
    for (const outcomes of [1, 2, 7, 1000]) {
      let mean = 0;
      for (let i = 1; i <= outcomes; i++) mean += 10 ** eValueOfPValue(Math.log10(i / outcomes)) / outcomes;
      expect(mean).toBeLessThan(1);
    }
  });

  it('is ½ at p = 1 and agrees with its formula in between', () => {
    expect(eValueOfPValue(0)).toBe(Math.log10(0.5));
    // 1 - p + p ln p loses up to three digits here.
    for (const p of [0.5, 0.37, 0.36, 0.1, 1e-3, 1e-6, 1e-12]) {
      const expected = (1 - p + p * Math.log(p)) / (p * Math.log(p) ** 2);
      expect(10 ** eValueOfPValue(Math.log10(p)) / expected).toBeCloseTo(1, 11);
    }
  });

  it('is 1 / (p (ln p)²) far out, and ½ + L / 6 close to 1', () => {
    for (const log10 of [-40, -300, -5000, -100_000]) {
      const expected = -log10 - 2 * Math.log10(-log10 * Math.LN10);
      expect(Math.abs(eValueOfPValue(log10) / expected - 1)).toBeLessThan(1e-14);
    }
    for (const nats of [1e-3, 1e-8, 1e-300]) {
      const series = 0.5 + nats / 6 + nats ** 2 / 24 + nats ** 3 / 120;
      expect(Math.abs(10 ** eValueOfPValue(-nats * Math.LOG10E) / series - 1)).toBeLessThan(1e-14);
    }
  });

  it('never falls as p does', () => {
    const log = fc.oneof(
      fc.double({ min: -2, max: 0, noNaN: true }),
      fc.double({ min: -1e5, max: 0, noNaN: true }),
    );
    fc.assert(
      fc.property(log, fc.double({ min: 1e-9, max: 1, noNaN: true }), (value, step) => {
        const here = eValueOfPValue(value);
        // Rounding of either value, a few units of 2^-53.
        expect(eValueOfPValue(value * (1 + step))).toBeGreaterThanOrEqual(
          here - 1e-15 * (1 + Math.abs(value)),
        );
      }),
      parameters,
    );
  });

  it('is infinite for p = 0, and refuses what is no p-value', () => {
    expect(eValueOfPValue(-Infinity)).toBe(Infinity);
    expect(() => eValueOfPValue(0.1)).toThrow(new RangeError('"log10PValue" expected a value <= 0, got 0.1'));
    expect(() => eValueOfPValue(Number.NaN)).toThrow(RangeError);
  });
});
