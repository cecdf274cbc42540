import type { TextSpan } from './words.ts';

/**
 * Replaces parts of a text.
 *
 * @param spans       disjoint parts in the order of the text, `[n]`.
 * @param replacement returns what stands in place of part i; what it returns unchanged stays.
 */
export function rewriteSpans(
  text: string,
  spans: readonly TextSpan[],
  replacement: (part: string, i: number) => string,
): string {
  const kept: string[] = [];
  let end = 0;
  for (const [i, span] of spans.entries()) {
    kept.push(text.slice(end, span.start), replacement(text.slice(span.start, span.end), i));
    end = span.end;
  }
  kept.push(text.slice(end));
  return kept.join('');
}
