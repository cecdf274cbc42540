/** What a detector reports. These shapes are the JSON that the command prints. */
import type { Basis } from '@countermark/watermark/scheme';
import type { NormalizationChange } from '@countermark/watermark/tokenizer';
import type { AccountSlots } from '../accounts/account-slots.ts';
import type { DecoyTest } from '../key-tests/decoys.ts';
import type { KeyRank } from '../key-tests/key-rank.ts';
import type { LayerLaw } from '../key-tests/key-test.ts';
import type { Normalization } from '../read/normalization.ts';
import type { Region } from '../regions/region.ts';
import type { Dedup } from '../score/scorer.ts';
import type { Statistic } from '../score/statistic.ts';
import type { WeightedTest } from '../weights/weighted-test.ts';

/**
 * `detected`: the null hypothesis is rejected at the stated level. `not-detected`: it is not.
 * `inconclusive`: fewer tokens were scored than the stated minimum, or no p-value that the test can give reaches the level. None
 * says who wrote the text.
 */
export type Verdict = 'detected' | 'not-detected' | 'inconclusive';

/** A correction for several tests that `log10PValue` or `log10QValue` includes. */
export interface Correction {
  readonly method: 'bonferroni' | 'holm' | 'benjamini-hochberg';
  /** `tests`: several of one hypothesis. `accounts`: all that were issued. */
  readonly over: 'windows' | 'accounts' | 'keys' | 'documents' | 'tests';
  readonly tests: number;
}

/** What a detector was told, or took by default, before it saw a document: another choice would have been another test. */
export interface DetectionSettings {
  /** False-positive rate. */
  readonly alpha: number;
  /** Fewer scored tokens, those of account slots included where they were read, are `inconclusive`. */
  readonly minTokens: number;
  /** What repeated tuples do. With `none` nothing that is reported is a p-value. */
  readonly dedup: Dedup;
  /** How a text is normalised before it is tokenized; token ids are taken as they are. */
  readonly normalization: Normalization;
  /** Whether the parts that carry the mark are located. */
  readonly regions: boolean;
  /** Random keys that a key was to be ranked among beside its p-value; the most that any key was. */
  readonly decoys: number;
  /** Random keys that a key was to be ranked among where its p-value is a rank. */
  readonly permutations: number;
  /** How many keys were tried. */
  readonly keys: number;
  /** Accounts whose slots were read beside the common ones, if that was asked for. */
  readonly accounts?: { readonly listed: number; readonly issued: number };
}

/** What cut a text into tokens. */
export interface UsedTokenizer {
  /** What the key's parameters call it. */
  readonly name: string;
  /** SHA-256 of all that decides its ids, 64 hex digits: spec.md section 7. */
  readonly fingerprint: string;
}

/** One document under one key. */
export interface KeyDetection {
  readonly verdict: Verdict;
  /** log10 of the p-value, corrected over the windows searched, accounts and the keys tried: what the verdict is taken on. */
  readonly log10PValue: number;
  /** log10 of this key's own p-value of the whole document, before any correction; by the weights of its tokens, if they have some. */
  readonly log10RawPValue: number;
  /**
   * log10 of this key's e-value: evidence that multiplies over documents without common tuples, and averages over any.
   * At the top level of a {@link Detection}, of the mean of the keys' e-values: against "no key's mark is there".
   */
  readonly log10EValue: number;
  /** Unique common-slot tuples: the n of the test. */
  readonly scored: number;
  /** Tokens in the document. */
  readonly total: number;
  /** Common-slot tokens whose (context, token) tuple occurred earlier in the document. */
  readonly duplicates: number;
  /** Tokens whose context carries an account's symbol or nothing. */
  readonly otherSlots: number;
  /** First tokens, with fewer than `contextWidth` before them. */
  readonly withoutContext: number;
  /** Tokens left out because their draw depends on too little of the key: of another watermark's keys only. */
  readonly unkeyed: number;
  /** What the p-value rests on: a null law, other keys of each layer, or the key's rank among random keys. */
  readonly basis: Basis;
  /** Bits of the key that a text can depend on; for our own keys what BLAKE3 promises. */
  readonly keyBits: number;
  /**
   * log10 of the least p-value that this test of this key can support, before corrections: 2 to minus the bits that must be guessed
   * to make any text one likes, or 1 / (R + 1) of a rank. No smaller p-value is to be claimed, whatever `log10PValue` of one of our keys is.
   */
  readonly log10LeastPValue: number;
  readonly statistic: Statistic;
  /** Fingerprint of the key's public parameters. */
  readonly params: string;
  readonly keyId: string;
  /** Commits to secret and parameters, 64 hex digits: of our own keys only. Evidence for others needs it published before the document: spec.md section 2. */
  readonly commitment?: string;
  /** What cut the document into tokens; absent for token ids. */
  readonly tokenizer?: UsedTokenizer;
  /** Whose mark it is, if not ours: a profile of docs/interop.md. */
  readonly profile?: string;
  /** What is wrong with the key, if something is, such as that everybody has it: to be said beside the p-value. */
  readonly caution?: string;
  /** Where the mark is, in the order of the document, if that was asked for; none where too few tokens were scored. */
  readonly regions?: readonly Region[];
  /** What the account slots added, if accounts were given and the key has such slots: `log10PValue` is then joined with it. */
  readonly accountSlots?: AccountSlots;
  /** What the tokens' probabilities added, if they were given. */
  readonly weighted?: WeightedTest;
  /** The key's rank among decoy keys by `log10RawPValue`, if that was asked for. */
  readonly decoys?: DecoyTest;
  /** The rank that the p-value is, where `basis` is `rank`. */
  readonly rank?: KeyRank;
  /** Where `basis` is `layers` and the p-value is exact over all keys of the layers: how many of one layer differ, and how many layers were tested. */
  readonly layerLaw?: LayerLaw;
  /** Random keys that each layer's own was compared with, where `basis` is `layers` otherwise; and where they come from. */
  readonly layerKeys?: { readonly count: number; readonly seed: string };
}

/** One document under all keys: its top level repeats the key with the strongest evidence. */
export interface Detection extends KeyDetection {
  readonly object: 'detection';
  /** 10^log10PValue, and not below what the test supports: for people. */
  readonly pValue: number;
  /** The level fixed beforehand. */
  readonly alpha: number;
  /** The least number of scored tokens for a verdict. */
  readonly minTokens: number;
  /** What was fixed before the document was looked at, level and minimum among it. */
  readonly settings: DetectionSettings;
  /** How many tests the verdict is corrected for: keys times documents, times windows and the whole. */
  readonly tests: number;
  readonly corrections: readonly Correction[];
  /** log10 of the Benjamini–Hochberg q-value, where several documents were tested; the verdict is then taken on it. */
  readonly log10QValue?: number;
  /** What the normaliser removed or replaced before the text was tokenized; empty for token ids. */
  readonly normalization: readonly NormalizationChange[];
  /** Every key, in the order given. */
  readonly keys: readonly KeyDetection[];
}
