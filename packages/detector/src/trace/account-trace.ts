/** What a tracer reports. These shapes are the JSON that the command prints. */
import type { NormalizationChange } from '@countermark/watermark/tokenizer';
import type { AccountTokens } from '../accounts/account-scorer.ts';
import type { DecoyTest } from '../key-tests/decoys.ts';
import type { ProbabilitySource } from '../weights/weighted-scores.ts';

/**
 * `named`: at least one account is named at the stated level. `none-named`: none is. `inconclusive`: the text is so short that
 * none could be, whatever its code. None says who wrote the text, nor that an account that is not named did not.
 */
export type TraceVerdict = 'named' | 'none-named' | 'inconclusive';

/** One account on one text. */
export interface TracedAccount {
  readonly account: string;
  /** log10 of the p-value, corrected for all accounts issued and for the texts of the run. */
  readonly log10PValue: number;
  /** 10^log10PValue, for people; 0 below 1e-308. */
  readonly pValue: number;
  /** log10 P(a code that nobody chose scores at least this | the text), before any correction. */
  readonly log10RawPValue: number;
  /** Standard deviations above the mean of such codes: an effect size. */
  readonly zScore: number;
}

/** A factor that `log10PValue` includes. */
export interface TraceCorrection {
  readonly method: 'bonferroni';
  readonly over: 'accounts' | 'texts';
  readonly tests: number;
}

/** One text, or all of them as one. */
export interface AccountTrace extends AccountTokens {
  readonly object: 'account-trace';
  readonly scope: 'document' | 'pooled';
  readonly verdict: TraceVerdict;
  /** Every account whose corrected p-value is at most `alpha`, the strongest evidence first. */
  readonly named: readonly TracedAccount[];
  /** As many of the largest sums as were asked for, named or not. */
  readonly top: readonly TracedAccount[];
  /** Of the account with the largest sum, corrected; 0 where the text is inconclusive. */
  readonly log10PValue: number;
  /** Different code positions: the number of independent draws that an innocent account's sum is made of. */
  readonly codePositions: number;
  readonly alpha: number;
  /** Accounts compared with the text. */
  readonly accounts: number;
  /** Accounts that the p-values are corrected for. */
  readonly issued: number;
  /** Documents in the text. */
  readonly documents: number;
  /** Whose probabilities tuples are weighed by, if they are: scores are then log-likelihood ratios. */
  readonly weights?: ProbabilitySource;
  /** How many tests each p-value is corrected for. */
  readonly tests: number;
  readonly corrections: readonly TraceCorrection[];
  readonly normalization: readonly NormalizationChange[];
  /** The key's rank among decoy keys by `log10PValue`, if that was asked for. */
  readonly decoys?: DecoyTest;
  /** Fingerprint of the key's public parameters. */
  readonly params: string;
  readonly keyId: string;
}

/** Every document by itself, in the order added, and all of them as one. */
export interface AccountTraces {
  readonly documents: readonly AccountTrace[];
  /** Undefined for a single document, which is its own pool. */
  readonly pooled: AccountTrace | undefined;
}
