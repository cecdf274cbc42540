/**
 * How one language claims an identity around a name, where no opening of {@link ClaimPhrases} stands: "OpenAI trained me", "You're
 * talking to ChatGPT", "As Claude, I". All strings are regular expressions, matched without regard to case.
 */
export interface ClaimFrame {
  /** ISO 639-1. */
  readonly language: string;
  /** Whether an assistant's name stands in it, or a maker's. */
  readonly about: 'name' | 'maker';
  /** Right before the name; `^` is where a sentence begins. */
  readonly before: string;
  /** Right after it. */
  readonly after: string;
  /** What must follow soon where people or things have the name too. Without it, they count as well. */
  readonly shared?: string;
  /** Whether it denies. */
  readonly denies?: true;
}
