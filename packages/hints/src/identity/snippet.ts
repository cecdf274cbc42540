/** A short piece of a text, for a list of examples. */

/** Characters of a snippet, at most, in UTF-16 code units. */
const SNIPPET_LENGTH = 160;

/**
 * Cuts out what is around a place of a text, in one line: at most {@link SNIPPET_LENGTH} code units, no half of a pair.
 *
 * @param start where the place begins; `end`: where it ends. A place longer than a snippet is cut.
 */
export function snippetAround(text: string, start: number, end: number): string {
  const spare = Math.max(0, SNIPPET_LENGTH - (end - start));
  let from = Math.max(0, start - (spare >> 1));
  let to = Math.min(text.length, from + SNIPPET_LENGTH);
  if (isLowSurrogate(text, from)) from++;
  if (isLowSurrogate(text, to)) to--;
  // Line breaks and other control characters would break up a table or a terminal.
  return text
    .slice(from, to)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\p{Cs}/gu, '\ufffd');
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
