/** A part of a text: `start` is in it, `end` is not; UTF-16 code units. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** Returns the words of a text as white space divides it, punctuation included, `[words]`. */
export function wordSpans(text: string): TextSpan[] {
  return spansOf(text, /\S+/gu);
}

/** Returns the runs of letters in a text, `[runs]`: words without punctuation and digits. */
export function letterSpans(text: string): TextSpan[] {
  return spansOf(text, /\p{L}[\p{L}\p{M}]*/gu);
}

/** Returns where a pattern matches. */
export function spansOf(text: string, pattern: RegExp): TextSpan[] {
  return Array.from(text.matchAll(pattern), ({ 0: { length }, index }) => ({
    start: index,
    end: index + length,
  }));
}

/** Counts the words of a text as {@link wordSpans} finds them. */
export function countWords(text: string): number {
  return wordSpans(text).length;
}
