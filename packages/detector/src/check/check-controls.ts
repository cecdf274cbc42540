/** Compares the result of a disputed document with those of control documents: docs/evidence.md. */
import type { Detection } from '../detect/detection.ts';
import { binomialTailLog10 } from '../stats/binomial-tail.ts';
import { errUpwards } from '../stats/err-upwards.ts';

/** A result with the name of its document. */
export interface NamedResult {
  readonly name: string;
  readonly result: Detection;
}

/** What control documents show. */
export interface ControlReport {
  /** Documents N, the disputed one among them. */
  readonly documents: number;
  /** Controls whose p-value is at most that of the disputed document. */
  readonly atLeastAsStrong: number;
  /** log10 of (1 + atLeastAsStrong) / N. H₀: the disputed document is to the key what the controls are. */
  readonly log10RankPValue: number;
  /** Controls with p ≤ 0.01, of which one in a hundred is due at most. */
  readonly belowOnePercent: number;
  /** log10 of the binomial probability of so many or more. H₀: p-values of documents without a mark are valid. */
  readonly log10ControlsPValue: number;
  /** Whether that is above 1e-3: below it, p-values of such documents are not to be relied on. */
  readonly passed: boolean;
}

/** Just below 0.01, a multiple of 2^-32 as the binomial tail needs. */
const SMALL_NUMERATOR = 42_949_672;
const LOG10_SMALL = Math.log10(SMALL_NUMERATOR / 2 ** 32);
const LOG10_LEVEL = -3;

/**
 * Ranks a disputed document among controls, and tests the controls' p-values.
 *
 * p-values are those before any correction over documents, which the controls' number would change.
 *
 * @param results  of all documents, each of another name, at least two.
 * @param disputed the name of the one in dispute.
 * @throws {RangeError} if it is not among them, a name is there twice, there is no control, or they were tested in different ways.
 */
export function checkControls(results: readonly NamedResult[], disputed: string): ControlReport {
  const [own, ...others] = results.filter(({ name }) => name === disputed);
  if (own === undefined)
    throw new RangeError(
      `"results" expected that of the disputed document: no result is that of "${disputed}"`,
    );
  if (others.length > 0)
    throw new RangeError(`"results" expected one a document: "${disputed}" has two results`);
  const controls = results.filter((result) => result !== own);
  if (controls.length === 0)
    throw new RangeError(`"results" expected controls: there is no control beside the disputed document`);
  for (const control of controls) checkAlike(own, control);
  const repeated = controls.find(({ name }, i) => controls.findIndex((other) => other.name === name) !== i);
  if (repeated !== undefined)
    throw new RangeError(`"results" expected one a document: "${repeated.name}" has two results`);
  const values = controls.map(({ result }) => result.log10PValue);
  const atLeastAsStrong = values.filter((value) => value <= own.result.log10PValue).length;
  const belowOnePercent = values.filter((value) => value <= LOG10_SMALL).length;
  const log10ControlsPValue = errUpwards(binomialTailLog10(values.length, belowOnePercent, SMALL_NUMERATOR));
  return {
    documents: results.length,
    atLeastAsStrong,
    log10RankPValue: Math.log10((1 + atLeastAsStrong) / results.length),
    belowOnePercent,
    log10ControlsPValue,
    passed: log10ControlsPValue > LOG10_LEVEL,
  };
}

function checkAlike(own: NamedResult, control: NamedResult): void {
  const [left, right] = [own, control].map(({ result: { settings, keys } }) =>
    JSON.stringify([settings, keys.map(({ keyId, params, commitment }) => [keyId, params, commitment])]),
  );
  if (left !== right) {
    throw new RangeError(
      `"results" expected the same test of each: "${control.name}" was tested with other keys or settings than "${own.name}"`,
    );
  }
}
