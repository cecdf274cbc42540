/**
 * How one language says "I am …" of an assistant. All strings are regular expressions, matched without regard to case.
 *
 * A claim is the opening, words of `fill`, and then one of: a name; an assistant's noun (`noun`) that is `named`, or that a
 * maker has made; a maker and then a noun. No part has an unbounded repeat.
 */
export interface ClaimPhrases {
  /** ISO 639-1. */
  readonly language: string;
  /** Whether words have spaces between them. */
  readonly spaced: boolean;
  /** "I am". */
  readonly open: string;
  /** Letters that tell a neighbouring language with the same words: none may be near. */
  readonly notWith?: string;
  /** "My name is": only a name may follow. */
  readonly called: string;
  /** "As", of "as a model made by …, I …". */
  readonly role?: string;
  /** What must follow a claim with `role`, soon: "I". */
  readonly self?: string;
  /** "I was made by", up to the maker's name. */
  readonly passive?: string;
  /** What must follow the maker after `passive`, in languages where the verb comes last. */
  readonly passiveEnd?: string;
  /** Words right before the opening with which it claims nothing: "if", "he said". */
  readonly unless?: string;
  /** A "not" right before the opening. */
  readonly notBefore?: string;
  /** A "not" after the opening. */
  readonly not?: string;
  /** A "not" in the opening itself. */
  readonly notInside?: string;
  /** A "not" after the name. */
  readonly notAfter?: string;
  /** Words that may stand between the opening and the name or noun, with the space after them. */
  readonly fill: string;
  /** A language model or assistant. */
  readonly noun: string;
  /** "Called", between the noun and the name. */
  readonly named: string;
  /** "By": what joins a noun and its maker without a verb. */
  readonly link: string;
  /** "Made", a verb for what makers do with models only. */
  readonly made: string;
  /** Words between the noun and a maker that keep them apart: "like", "unlike", "using". */
  readonly block: string;
  /** Words that may follow a name that is a claim's own, where no punctuation does. */
  readonly and: string;
  /** What follows a name instead, where the verb comes last: "です". */
  readonly end?: string;
  /** What may stand before a maker who comes before the noun: "von", "由". */
  readonly makerLead?: string;
  /** What stands between that maker and the noun, at most: "entwickeltes". */
  readonly makerMade?: string;
}
