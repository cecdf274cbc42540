import { keyOfValue, LEAST_LOGIT, valueOfKey } from './logit-order.ts';

/** What turns a logit into a weight, e^((logit - maximum) / temperature). */
export interface WeightScale {
  /** The largest logit. */
  readonly maximum: number;
  /** log2(e) / temperature. */
  readonly factor: number;
  /** The least logit, a 32-bit float, with (logit - maximum) * factor >= -126. */
  readonly floor: number;
}

// Adding 1.5 * 2^52 rounds a small number to an integer, ties to even.
const ROUND = 6755399441055744;
const LEAST_EXPONENT = -1022;
// (ln 2)^k / k!: the same constants as in `assembly/logits.ts`.
const TAYLOR = Float64Array.of(
  ...[1, Math.LN2, 0.24022650695910072, 0.05550410866482158, 0.009618129107628477],
  ...[0.0013333558146428443, 0.0001540353039338161, 0.000015252733804059841, 0.000001321548679014431],
  ...[1.01780860092397e-7, 7.054911620801123e-9, 4.4455382718708116e-10, 2.5678435993488206e-11],
);
const ROUNDED: Float32Array = Float32Array.from(TAYLOR.subarray(0, 8));
const POWERS: Float64Array = Float64Array.from({ length: 1 - LEAST_EXPONENT }, (_, k) => 2 ** -k);

/**
 * Derives the scale of one step.
 *
 * @param maximum     the largest logit, finite.
 * @param temperature divides the logits; finite and > 0.
 */
export function createScale(maximum: number, temperature: number): WeightScale {
  // A tiny temperature must not overflow: 0 * Infinity is NaN.
  const factor = Math.min(Math.LOG2E / temperature, Number.MAX_VALUE);
  const leastKey = keyOfValue(LEAST_LOGIT);
  let key = keyOfValue(Math.max(LEAST_LOGIT, maximum - 126 / factor));
  while (key > leastKey && (valueOfKey(key - 1) - maximum) * factor >= -126) key--;
  while ((valueOfKey(key) - maximum) * factor < -126) key++;
  return { maximum, factor, floor: valueOfKey(key) };
}

/**
 * Computes the weight of one logit as candidates have it.
 *
 * @param logit raw logit, at most `scale.maximum`; may be -Infinity.
 * @returns a number in [0, 1] with a relative error below 3e-13; 0 if it were below 2^-1022.
 */
export function weightOf(logit: number, scale: WeightScale): number {
  const y = (logit - scale.maximum) * scale.factor;
  if (!(y >= LEAST_EXPONENT)) return 0;
  const k = y + ROUND - ROUND;
  const r = y - k;
  let p = TAYLOR[TAYLOR.length - 1]!;
  for (let i = TAYLOR.length - 2; i >= 0; i--) p = p * r + TAYLOR[i]!;
  return p * POWERS[-k]!;
}

/**
 * Computes the weight of one logit as sums have it.
 *
 * @param logit raw logit, from `scale.floor` to `scale.maximum`.
 * @returns a 32-bit float in (0, 1] with a relative error below 2.5e-7.
 */
export function summandOf(logit: number, scale: WeightScale): number {
  const f = Math.fround;
  const y = (logit - scale.maximum) * scale.factor;
  const k = y + ROUND - ROUND;
  const r = f(y - k);
  const r2 = f(r * r);
  const p01 = f(f(r * ROUNDED[1]!) + 1);
  const p23 = f(f(r * ROUNDED[3]!) + ROUNDED[2]!);
  const p45 = f(f(r * ROUNDED[5]!) + ROUNDED[4]!);
  const p67 = f(f(r * ROUNDED[7]!) + ROUNDED[6]!);
  const high = f(f(r2 * p67) + p45);
  const p = f(f(r2 * f(f(r2 * high) + p23)) + p01);
  return f(p * POWERS[-k]!);
}
