import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { z } from 'zod';

/** log10 of a probability with 25 digits, as the generator writes it. */
export const Log10 = z.stringFormat('log10', /^(0|-Infinity|-\d(\.\d+)?e[+-]\d+)$/).transform(Number);

/** Reads one file of known answers and refuses a key or a value that its schema does not name. */
export function readVectors<T extends z.ZodRawShape>(name: string, inputs: T) {
  const file = z.strictObject({
    algorithm: z.string(),
    source: z.string(),
    generator: z.enum(['test/vectors/gen/stats.py', 'test/vectors/gen/foreign_laws.py']),
    relTol: z.literal(1e-10),
    tests: z
      .array(z.strictObject({ tcId: z.int().positive(), comment: z.string().min(1), ...inputs }))
      .min(1),
  });
  return file.parse(JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')));
}

/** Says whether two log10 p-values agree to a relative tolerance in the log; infinities and 0 only with themselves. */
export function agrees(actual: number, expected: number, relTol: number): boolean {
  return actual === expected || Math.abs(actual - expected) <= relTol * Math.abs(expected);
}

/** Fails unless the value can be a log10 p-value: at most 0, not -0, not NaN. */
export function expectLog10PValue(value: number): void {
  expect(value).toBeLessThanOrEqual(0);
  expect(Object.is(value, -0)).toBe(false);
}
