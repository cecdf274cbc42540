/**
 * Putting e-values together. An e-value E ≥ 0 has mean at most 1 under its null hypothesis, so P(E ≥ 1/α) ≤ α (Markov).
 * Source: Vovk, Wang, "E-values: Calibration, combination and applications", Ann. Statist. 49 (2021).
 */

/**
 * Multiplies independent e-values: log10 of an e-value against "no hypothesis is false".
 *
 * Assumes that they are independent, or that each is an e-value given those before it: documents under one key that have no
 * tuple in common (a tuple that is scored twice counts twice), or different keys. All have to be given, not chosen ones.
 *
 * @param log10EValues log10 of each e-value, `[tests]`; -Infinity stands for E = 0. Not retained.
 * @returns log10 of the product; 0 for none.
 * @throws {RangeError} if a value is NaN or +Infinity.
 */
export function multiplyEValues(log10EValues: readonly number[]): number {
  checkEValues(log10EValues);
  return log10EValues.reduce((sum, value) => sum + value, 0);
}

/**
 * Averages e-values: log10 of an e-value against "no hypothesis is false".
 *
 * Assumes nothing of their dependence. All have to be given, not chosen ones.
 *
 * @param log10EValues as for {@link multiplyEValues}; at least one.
 * @returns log10 of the arithmetic mean.
 * @throws {RangeError} if there is none, or a value is NaN or +Infinity.
 */
export function averageEValues(log10EValues: readonly number[]): number {
  checkEValues(log10EValues);
  if (log10EValues.length === 0) throw new RangeError('"log10EValues" expected at least one, got none');
  return log10Mean(log10EValues) + 0;
}

/** Shares of false hypotheses that {@link mixEValues} averages over: 1, 10^-½, 10^-1, … 10^-4. */
const MIXED_SHARES: readonly number[] = Array.from({ length: 9 }, (_, j) => 10 ** (-j / 2));

/**
 * Pools independent e-values of which few may be large: log10 of the mean over shares π of Π ((1 − π) + π E).
 *
 * Assumes independence as {@link multiplyEValues} does: every tuple is scored in one document only. One marked document in
 * thousands is then visible, where a product drowns it and a mean divides it by their number.
 *
 * @param log10EValues as for {@link multiplyEValues}.
 * @returns log10 of an e-value against "no hypothesis is false"; 0 for none.
 * @throws {RangeError} if a value is NaN or +Infinity.
 */
export function mixEValues(log10EValues: readonly number[]): number {
  checkEValues(log10EValues);
  const products = MIXED_SHARES.map((share) =>
    log10EValues.reduce((sum, value) => sum + log10Diluted(share, value), 0),
  );
  return log10Mean(products) + 0;
}

/**
 * Computes the adjusted values of the e-BH procedure, for hypotheses each of its own e-value.
 *
 * With e₍₁₎ ≥ … ≥ e₍m₎, the value of rank i is the minimum over j ≥ i of min(1, m / (j e₍ⱼ₎)). Rejecting where it is at most α
 * keeps the expected share of false rejections at α. Assumes nothing of their dependence.
 * Source: Wang, Ramdas, "False discovery rate control with e-values", J. R. Statist. Soc. B 84 (2022).
 *
 * @param log10EValues as for {@link multiplyEValues}.
 * @returns log10 of the adjusted values, `[tests]`, in the order given, each ≤ 0.
 * @throws {RangeError} if a value is NaN or +Infinity.
 */
export function eBenjaminiHochberg(log10EValues: readonly number[]): number[] {
  checkEValues(log10EValues);
  const order = [...log10EValues.keys()].sort((a, b) => (log10EValues[a]! < log10EValues[b]! ? -1 : 1));
  const adjusted = new Array<number>(order.length).fill(0);
  let least = 0;
  // From the smallest e-value, of rank m, to the largest, of rank 1.
  for (const [below, index] of order.entries()) {
    const rank = order.length - below;
    least = Math.min(least, Math.log10(order.length / rank) - log10EValues[index]!);
    adjusted[index] = least;
  }
  return adjusted;
}

/**
 * Converts an e-value to a p-value, min(1, 1/E): valid by Markov's inequality, also where E was stopped at any time.
 *
 * @param log10EValue log10 of the e-value.
 * @returns log10 of the p-value, ≤ 0.
 * @throws {RangeError} if the value is NaN or +Infinity.
 */
export function pValueOfEValue(log10EValue: number): number {
  checkEValues([log10EValue]);
  return Math.min(0, -log10EValue) + 0;
}

function checkEValues(log10EValues: readonly number[]): void {
  for (const [i, value] of log10EValues.entries()) {
    if (!(value < Infinity)) {
      throw new RangeError(`"log10EValues" expected finite values or -Infinity, got ${value} at ${i}`);
    }
  }
}

/** log10((1 − share) + share · 10^value). */
function log10Diluted(share: number, value: number): number {
  const ln = value * Math.LN10;
  if (ln <= 0) return Math.log1p(share * Math.expm1(ln)) * Math.LOG10E;
  return value + Math.log10(share + (1 - share) * Math.exp(-ln));
}

/** log10 of the mean of 10^value; the value itself where there is one. */
function log10Mean(values: readonly number[]): number {
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (largest === -Infinity) return -Infinity;
  return (
    largest + Math.log10(values.reduce((sum, value) => sum + 10 ** (value - largest), 0) / values.length)
  );
}
