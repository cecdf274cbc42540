import type { WatermarkParams } from '@countermark/watermark/scheme';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { Detection, KeyDetection } from '../detect/detection.ts';
import type { Finding } from '../finding/finding.ts';
import type { Source } from '../read/document-reader.ts';
import type { TupleEvidence } from './tuple-evidence.ts';

/** What is checked of a result, in order. */
export const CHECK_NAMES = [
  'head',
  'parameters',
  'commitment',
  'settings',
  'tokenizer',
  'document',
  'positions',
  'tuples',
  'slots',
  'sum',
  'p-value',
  'e-value',
  'accounts',
  'regions',
  'keys',
  'corrections',
  'q-value',
  'verdict',
] as const;
/** One of {@link CHECK_NAMES}. */
export type CheckName = (typeof CHECK_NAMES)[number];

/** One thing that was recomputed. */
export interface Check {
  readonly name: CheckName;
  readonly passed: boolean;
  /** What was found; where it failed, what was expected. */
  readonly detail: string;
}

/** What is checked, and by what. */
export interface ResultToCheck {
  /** The result, as `detect --format json` prints it. Nothing of it is believed. */
  readonly result: Detection;
  /** The result's head, if it has one. */
  readonly finding?: Finding | undefined;
  /** What the result lists, as `detect --evidence` prints it. */
  readonly evidence: TupleEvidence;
  /** The public parameters, by which everything is computed anew. */
  readonly params: WatermarkParams;
  /** The key that a file of public parameters names, if they came from one. */
  readonly keyId?: string | undefined;
  /** The commitment that was given beforehand, 64 hex digits, if one was. */
  readonly commitment?: string | undefined;
  /** The document: a text, or token ids `[n]`. */
  readonly document: string | ArrayLike<number>;
  /** The tokenizer of the parameters; for a text. */
  readonly tokenizer?: Tokenizer | undefined;
}

/** A result with what has been derived from it. */
export interface CheckCase extends ResultToCheck {
  /** What the result says of the key with the strongest evidence, among its `keys`. */
  readonly strongest: KeyDetection;
  readonly tokenIds: Uint32Array;
  /** The document, normalised if it is a text. */
  readonly source: Source;
  readonly words: Uint32Array;
}

/** Makes a check that passes where no fault was found, and says the first that was. */
export function checkOf(name: CheckName, passed: string, ...faults: readonly (string | undefined)[]): Check {
  const fault = faults.find((found) => found !== undefined);
  return { name, passed: fault === undefined, detail: fault ?? passed };
}

/** Returns a fault if two values differ. */
export function differs(what: string, stated: unknown, found: unknown): string | undefined {
  const [left, right] = [JSON.stringify(stated), JSON.stringify(found)];
  return left === right
    ? undefined
    : `${what}: the result says ${left ?? 'nothing'}, and it is ${right ?? 'nothing'}`;
}

/** Relative error of a logarithm that a conforming implementation may have, margins included: docs/statistics.md section 3. */
const TOLERANCE = 1e-8;

/** Returns a fault if two numbers differ by more than the rounding of another machine. */
export function isFar(what: string, stated: number, found: number): string | undefined {
  const margin = TOLERANCE * Math.max(1e-6, Math.abs(found));
  return Number.isFinite(found) && Math.abs(stated - found) <= margin
    ? undefined
    : `${what}: the result says ${stated}, and it is ${found}`;
}
