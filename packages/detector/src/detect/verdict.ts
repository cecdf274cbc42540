/** The one place that decides: for documents and corpora, by p-values and by q-values, for one key and for several. */
import type { KeyDetection, Verdict } from './detection.ts';

/** What a decision is taken on. */
export interface Evidence {
  /** log10 of the corrected p-value or the q-value. */
  readonly log10Value: number;
  /** log10 of the level that was fixed beforehand. */
  readonly log10Level: number;
  /** Scored tokens. */
  readonly scored: number;
  /** Fewer scored tokens decide nothing. */
  readonly minTokens: number;
  /** log10 of the least value that the test could have given; −∞ by default. */
  readonly log10Least?: number;
}

/** Says what the evidence amounts to. */
export function decide({
  log10Value,
  log10Level,
  scored,
  minTokens,
  log10Least = -Infinity,
}: Evidence): Verdict {
  if (scored < minTokens) return 'inconclusive';
  if (log10Value <= log10Level) return 'detected';
  // A test that could not have detected anything has nothing to say.
  return log10Least > log10Level ? 'inconclusive' : 'not-detected';
}

/** Joins the verdicts of several keys: detected if one is, else inconclusive if one is, else not detected. */
export function joinVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('detected')) return 'detected';
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'not-detected';
}

/** Leaves open what was not detected, where a key that had no say might have detected it. */
export function leftOpen(own: Verdict, ofKeys: readonly Verdict[]): Verdict {
  return own === 'not-detected' && ofKeys.includes('inconclusive') ? 'inconclusive' : own;
}

/**
 * Returns the number of the key with the strongest evidence: one with enough scored tokens speaks before one without, then the smaller
 * p-value does, then the earlier key.
 *
 * @param isConclusive whether each key has enough `[keys]`.
 * @param log10PValues log10 of each key's p-value `[keys]`.
 */
export function strongestKey(isConclusive: readonly boolean[], log10PValues: readonly number[]): number {
  return log10PValues.reduce((best, log10PValue, i) => {
    if (isConclusive[i] !== isConclusive[best]) return isConclusive[i] === true ? i : best;
    return log10PValue < log10PValues[best]! ? i : best;
  }, 0);
}

/** Returns how many tuples a key's p-value rests on: what the minimum of tokens is compared with. */
export function testedTuples({
  scored,
  accountSlots,
}: Pick<KeyDetection, 'scored' | 'accountSlots'>): number {
  return scored + (accountSlots?.scored ?? 0);
}
