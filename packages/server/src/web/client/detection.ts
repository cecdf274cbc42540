/** What `POST /v1/detections` answers, as far as the page shows it. */

/** None of them says who wrote a text. */
export type Verdict = 'detected' | 'not-detected' | 'inconclusive';

/** What somebody without an API key is told. */
export interface PublicDetection {
  readonly object: 'public-detection' | 'shared-result';
  readonly verdict: Verdict;
  /** The p-value is at most ten to the minus this. */
  readonly strength: number;
  /** Runs of tokens that a text needs to be tested. */
  readonly minTokens: number;
  /** Where the result can be seen without the text, if the server gives addresses. */
  readonly shared?: SharedAddress;
}

/** Where a result can be seen. */
export interface SharedAddress {
  readonly path: string;
  /** RFC 3339. */
  readonly expires: string;
}

/** A result that was given to somebody. */
export interface SharedResult extends PublicDetection {
  readonly object: 'shared-result';
  /** Public keys that the text was tested for, and those that it was not. */
  readonly keys: number;
  readonly untested?: number;
  /** RFC 3339. */
  readonly tested: string;
  readonly expires: string;
}

/** Half open, in UTF-16 code units. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** One token: where it stands in the text, and what it was counted as. */
export interface DetectedToken {
  readonly id: number;
  /** Absent for a token that splits a character. */
  readonly characters?: Span;
  readonly status: 'without-context' | 'other-slot' | 'duplicate' | 'scored';
  /** log10 P(one unmarked token scores as much); 0 unless scored. */
  readonly log10PValue: number | null;
}

/** The evidence in the first tokens. */
export interface EvidencePoint {
  readonly tokens: number;
  readonly log10PValue: number | null;
}

/** A part of the text in which tokens are marked. */
export interface DetectedRegion {
  readonly characters?: Span;
  readonly scored: number;
  readonly log10PValue: number | null;
}

/** Which of some accounts a text names. */
export interface AccountTrace {
  readonly verdict: 'named' | 'none-named' | 'inconclusive';
  readonly named: readonly { readonly account: string; readonly log10PValue: number | null }[];
  readonly alpha: number;
}

/** What somebody with an API key is told. */
export interface Detection {
  readonly object: 'detection';
  readonly verdict: Verdict;
  readonly log10PValue: number | null;
  readonly scored: number;
  readonly total: number;
  readonly alpha: number;
  readonly minTokens: number;
  readonly keyId: string;
  readonly keys: readonly unknown[];
  readonly regions?: readonly DetectedRegion[];
  readonly tokens?: readonly DetectedToken[];
  readonly curve?: readonly EvidencePoint[];
  readonly accounts?: AccountTrace;
  /** Of the account slots, where these were tested too. */
  readonly accountSlots?: { readonly accounts: number; readonly scored: number };
}
