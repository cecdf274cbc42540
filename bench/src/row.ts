/** One line of the benchmark. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What `value` should be; `atMost` or at least this. */
  readonly target: number;
  readonly met: boolean;
  /** What was measured beside it, in the same run. */
  readonly yardstick: string;
  /** How many times better than the yardstick: above 1 is better. */
  readonly ratio: number;
}

/** Makes a row whose value should be at least the target. */
export function atLeast(
  name: string,
  value: number,
  unit: string,
  target: number,
  yardstick: string,
  ratio: number,
): Row {
  return { name, value, unit, target, met: value >= target, yardstick, ratio };
}

/** Makes a row whose value should be at most the target. */
export function atMost(
  name: string,
  value: number,
  unit: string,
  target: number,
  yardstick: string,
  ratio: number,
): Row {
  return { name, value, unit, target, met: value <= target, yardstick, ratio };
}
