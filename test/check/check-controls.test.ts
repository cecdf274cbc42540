import { checkControls, type Detection, Detector, type NamedResult } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { keyFrom, randomIds } from '../support/random-key.ts';

const VOCAB = 500;
const KEY = keyFrom('vendor', VOCAB);
const random = seededRandom('controls');

function detect(tokenIds: ArrayLike<number>, options = {}): Detection {
  const detector = new Detector([KEY], options);
  const detection = detector.detect(tokenIds);
  detector.close();
  return detection;
}

const CONTROLS = Array.from({ length: 40 }, (_, i) => ({
  name: `control-${i}`,
  result: detect(randomIds(random, 300, VOCAB)),
}));

/** A result of another p-value. */
function withP(name: string, pValue: number): NamedResult {
  return { name, result: { ...CONTROLS[0]!.result, log10PValue: Math.log10(pValue) } };
}

describe('checkControls', () => {
  it('ranks the disputed document among the controls, ties against it', () => {
    const results = [withP('a', 0.5), withP('x', 1e-9), withP('b', 1e-9), withP('c', 1e-12), withP('d', 0.2)];
    expect(checkControls(results, 'x')).toMatchObject({
      documents: 5,
      atLeastAsStrong: 2,
      log10RankPValue: Math.log10(3 / 5),
    });
    expect(checkControls(results, 'c').log10RankPValue).toBe(Math.log10(1 / 5));
  });

  it('does not count the order of the results', () => {
    const results = [...CONTROLS, withP('x', 1e-9)];
    expect(checkControls([...results].reverse(), 'x')).toEqual(checkControls(results, 'x'));
  });

  it('finds the p-values of controls without a mark as they should be', () => {
    const { belowOnePercent, log10ControlsPValue, passed } = checkControls(
      [...CONTROLS, withP('x', 1e-9)],
      'x',
    );
    expect(belowOnePercent).toBeLessThanOrEqual(2);
    expect(log10ControlsPValue).toBeGreaterThan(-3);
    expect(passed).toBe(true);
  });

  it('finds out p-values that are too small, by the exact binomial tail', () => {
    // Five of forty: sum over k of C(40, k) 0.01^k 0.99^(40 - k) from 5 on, in exact integers.
    let tail = 0n;
    for (let k = 5n; k <= 40n; k++) tail += choose(40n, k) * 99n ** (40n - k);
    const expected = Math.log10(Number((tail * 10n ** 30n) / 100n ** 40n) / 1e30);
    const small = CONTROLS.map(({ name, result }, i) => (i < 5 ? withP(name, 0.009) : { name, result }));
    const large = small.map((one, i) =>
      i >= 5 && one.result.log10PValue <= -2 ? withP(one.name, 0.5) : one,
    );
    const { belowOnePercent, log10ControlsPValue, passed } = checkControls([...large, withP('x', 1e-9)], 'x');
    expect(belowOnePercent).toBe(5);
    // 0.01 is rounded down to a multiple of 2^-32.
    expect(log10ControlsPValue).toBeCloseTo(expected, 6);
    expect(passed).toBe(false);
  });

  it.each<[string, NamedResult[], string]>([
    [
      'without the disputed document',
      CONTROLS,
      '"results" expected that of the disputed document: no result is that of "x"',
    ],
    [
      'without a control',
      [withP('x', 0.5)],
      '"results" expected controls: there is no control beside the disputed document',
    ],
    [
      'with the disputed document twice',
      [withP('x', 0.5), withP('x', 0.5)],
      '"results" expected one a document: "x" has two results',
    ],
    [
      'with a control twice',
      [withP('x', 0.5), withP('a', 0.5), withP('a', 0.5)],
      '"results" expected one a document: "a" has two results',
    ],
    [
      'with a control that was tested in another way',
      [withP('x', 0.5), { name: 'a', result: detect(randomIds(random, 300, VOCAB), { alpha: 0.05 }) }],
      '"results" expected the same test of each: "a" was tested with other keys or settings than "x"',
    ],
  ])('refuses results %s', (_what, results, message) => {
    expect(() => checkControls(results, 'x')).toThrow(new RangeError(message));
  });
});

function choose(n: bigint, k: bigint): bigint {
  let ways = 1n;
  for (let i = 1n; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}
