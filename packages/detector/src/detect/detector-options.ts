import { checkOptionNames, type OptionNames } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { checkListedAccounts, type ListedAccounts } from '../accounts/account-slots.ts';
import { checkDecoys, type DecoyOptions } from '../key-tests/decoys.ts';
import { checkNormalization, type Normalization } from '../read/normalization.ts';
import type { Dedup } from '../score/scorer.ts';

const DEDUPS: readonly Dedup[] = ['context-token', 'none'];

/** How a {@link Detector} tests. Fix all of it before looking at a document. */
export interface DetectorOptions {
  /** Tokenizers for texts; each key needs the one that its parameters name. Not needed for token ids. Not closed. */
  readonly tokenizers?: readonly Tokenizer[];
  /** False-positive rate fixed beforehand, 0 < alpha < 1 (default 1e-6). */
  readonly alpha?: number;
  /** Fewer scored tokens than this are `inconclusive`; integer ≥ 1 (default 50). */
  readonly minTokens?: number;
  /** What repeated tuples do (default `context-token`). `none` makes every p-value false on repetitive text. */
  readonly dedup?: Dedup;
  /** How texts are normalised (default `invisible`). */
  readonly normalization?: Normalization;
  /** Whether the parts that carry the mark are located, and the verdict corrected for that search (default false). */
  readonly regions?: boolean;
  /**
   * Random keys that each key is ranked among, on every document, to see whether p-values can be relied on: by default 19 for
   * another watermark's keys whose p-value rests on a law, and none for others. Keys whose p-value is a rank need none.
   */
  readonly decoys?: DecoyOptions;
  /**
   * Random keys R that a key is ranked among where its p-value is its rank (the `basis` of docs/interop.md); integer in
   * 1 … 1,000,000 (default 999). No such p-value is below 1 / (R + 1), and the draws end early where the key is not among the strongest.
   */
  readonly permutations?: number;
  /**
   * Accounts whose slots are read beside the common ones, under each key that gives accounts a share (default none): whether a text
   * carries the mark of any of them, at the price of their number. Never says whose: an {@link AccountTracer} names accounts.
   */
  readonly accounts?: ListedAccounts;
}

const OPTIONS: OptionNames<DetectorOptions> = {
  tokenizers: true,
  alpha: true,
  minTokens: true,
  dedup: true,
  normalization: true,
  regions: true,
  decoys: true,
  permutations: true,
  accounts: true,
};

/** Options with their defaults. */
export interface DetectorSettings {
  readonly tokenizers: readonly Tokenizer[];
  readonly alpha: number;
  readonly minTokens: number;
  readonly dedup: Dedup;
  readonly normalization: Normalization;
  readonly regions: boolean;
  readonly decoys: DecoyOptions | undefined;
  readonly permutations: number;
  readonly accounts: ListedAccounts | undefined;
}

/**
 * Returns options with their defaults.
 *
 * @throws {RangeError} naming an option that is out of range.
 * @throws {TypeError} naming one that is no option.
 */
export function detectorSettings(options: DetectorOptions): DetectorSettings {
  checkOptionNames(options, OPTIONS, 'Detector');
  const { alpha = 1e-6, minTokens = 50, dedup = 'context-token', normalization = 'invisible' } = options;
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`"alpha" expected 0 < alpha < 1, got ${alpha}`);
  if (!(Number.isInteger(minTokens) && minTokens >= 1)) {
    throw new RangeError(`"minTokens" expected an integer >= 1, got ${minTokens}`);
  }
  if (!DEDUPS.includes(dedup)) {
    throw new RangeError(`"dedup" expected one of ${DEDUPS.join(', ')}, got ${String(dedup)}`);
  }
  checkNormalization(normalization);
  const { tokenizers = [], regions = false, decoys, permutations = 999, accounts } = options;
  if (decoys !== undefined) checkDecoys(decoys);
  if (!(Number.isInteger(permutations) && permutations >= 1 && permutations <= 1_000_000)) {
    throw new RangeError(`"permutations" expected an integer in 1 … 1,000,000, got ${permutations}`);
  }
  if (accounts !== undefined) checkListedAccounts(accounts);
  if (accounts !== undefined && dedup === 'none') {
    throw new RangeError('"dedup" expected context-token where account slots are read, got none');
  }
  return { tokenizers, accounts, alpha, minTokens, dedup, normalization, regions, decoys, permutations };
}
