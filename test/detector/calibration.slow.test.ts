/** p-values of unmarked token ids under random keys; test/statistical does the same with human texts and more of them. */
import { type Dedup, Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { keyFrom, randomIds, SCHEMES } from '../support/random-key.ts';

const VOCAB = 200;
const LEVELS = [0.1, 0.01, 0.001];
// 4.9 standard errors: two-sided 1e-6 for a normal deviate.
const DEVIATIONS = 4.9;

/** log10 p-values of `count` documents, each under a key of its own. */
function log10PValues(
  scheme: (typeof SCHEMES)[number],
  count: number,
  document: (random: () => number) => Uint32Array,
  dedup: Dedup = 'context-token',
): number[] {
  const random = seededRandom(1);
  return Array.from({ length: count }, (_, i) => {
    const detector = new Detector([keyFrom(i, VOCAB, { scheme, contextWidth: 2 })], { minTokens: 1, dedup });
    const { log10PValue } = detector.detect(document(random));
    detector.close();
    return log10PValue;
  });
}

function share(values: readonly number[], alpha: number): number {
  return values.filter((value) => value <= Math.log10(alpha)).length / values.length;
}

function allowance(alpha: number, count: number): number {
  return DEVIATIONS * Math.sqrt((alpha * (1 - alpha)) / count);
}

describe.each(SCHEMES)('the p-value of unmarked token ids under $kind', (scheme) => {
  const count = 2000;

  it('is at most α with probability at most α, over 2,000 keys', () => {
    const values = log10PValues(scheme, count, (random) => randomIds(random, 80, VOCAB));
    for (const alpha of LEVELS) {
      expect(share(values, alpha)).toBeLessThanOrEqual(alpha + allowance(alpha, count));
      // Gumbel's law is continuous but for 2^-20, so there the bound is nearly met: the test is not idle.
      if (scheme.kind === 'gumbel') {
        expect(share(values, alpha)).toBeGreaterThanOrEqual(alpha - allowance(alpha, count));
      }
    }
  });

  it('stays so on documents that repeat themselves, and does not without deduplication', () => {
    const repeated = (random: () => number) => {
      const line = randomIds(random, 20, VOCAB);
      return Uint32Array.from(Array.from({ length: 16 }, () => [...line]).flat());
    };
    const few = 500;
    const once = log10PValues(scheme, few, repeated);
    for (const alpha of LEVELS) expect(share(once, alpha)).toBeLessThanOrEqual(alpha + allowance(alpha, few));
    // Negative control: about ten tuples sixteen times each pass 1 % a quarter of the time (docs/statistics.md section 2).
    const every = log10PValues(scheme, few, repeated, 'none');
    expect(share(every, 0.01)).toBeGreaterThan(0.01 + allowance(0.01, few));
    expect(share(every, 0.01)).toBeGreaterThan(0.1);
  });
});
