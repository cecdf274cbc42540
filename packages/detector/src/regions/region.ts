/** A half-open range: `start` is in it, `end` is not. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A part of a document in which tokens are marked. H₀: none of them is. */
export interface Region {
  /** Its tokens, from the context of the first scored one on. */
  readonly tokens: Span;
  /** Its characters in the text as it was given, in UTF-16 code units as `String.slice` takes them; absent for token ids. */
  readonly characters?: Span;
  /** Scored tokens in it. */
  readonly scored: number;
  /** log10 of its p-value, corrected over the windows searched and over the keys. */
  readonly log10PValue: number;
}
