import type { Span } from './region.ts';

/**
 * Converts ranges of UTF-8 bytes into ranges of UTF-16 code units; a character that an edge splits belongs to the range.
 *
 * @param text  what the bytes are of; a lone surrogate counts as three bytes.
 * @param bytes disjoint ranges in ascending order.
 */
export function characterSpans(text: string, bytes: readonly Span[]): Span[] {
  let at = 0;
  let before = 0;
  let read = 0;
  const advance = (to: number): void => {
    while (read < to && at < text.length) {
      before = at;
      const codePoint = text.codePointAt(at) ?? 0;
      at += codePoint > 0xffff ? 2 : 1;
      read += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint > 0xffff ? 4 : 3;
    }
  };
  return bytes.map(({ start, end }) => {
    advance(start);
    const first = read > start ? before : at;
    advance(end);
    return { start: first, end: at };
  });
}
