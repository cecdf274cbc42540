import { CLASS_RUNS } from './unicode-runs.ts';

// A runtime's own \p{…} follows the Unicode version of its release: Unicode 17.0 alone takes U+2605 and 688 others from the
// pictographs, and adds 4,644 letters. What decides token ids has to be the same everywhere (docs/spec.md, section 7).

/** A set of code points, as what stands between the brackets of a class in a pattern with the flag `u`. */
export type ClassBody = string;

/**
 * Writes a set of unicode-sets.ts as the body of a character class.
 *
 * @param runs lengths of runs, not in the set and in it by turns, in base 36.
 */
export function classBody(runs: string): ClassBody {
  const ranges: string[] = [];
  let start = 0;
  for (const [i, digits] of runs.split(' ').entries()) {
    const length = Number.parseInt(digits, 36);
    if (i % 2 === 1) ranges.push(rangeOf(start, length));
    start += length;
  }
  return ranges.join('');
}

/**
 * Writes the code points of some classes of unicode-runs.ts as the body of a character class.
 *
 * @param letters as they stand there: `'ulc'` for `\p{L}`, `'m'` for `\p{M}`.
 */
export function classBodyOf(letters: string): ClassBody {
  const ranges: string[] = [];
  // Neighbouring runs make one range: matching takes as long as there are ranges.
  let start = 0;
  let end = 0;
  for (const [, digits, letter = ''] of CLASS_RUNS.matchAll(/(\d*)([a-z])/g)) {
    const length = digits === '' ? 1 : Number(digits);
    if (!letters.includes(letter)) {
      if (end > start) ranges.push(rangeOf(start, end - start));
      start = end + length;
    }
    end += length;
  }
  if (end > start) ranges.push(rangeOf(start, end - start));
  return ranges.join('');
}

/**
 * Yields what `text.matchAll(pattern)` does. That would copy the pattern at each call, and copying one with hundreds of ranges takes
 * longer than to search a short text.
 *
 * @param pattern has the flag `g` and never matches nothing.
 */
export function* matchesOf(pattern: RegExp, text: string): Generator<RegExpExecArray, void, void> {
  for (let end = 0; ; ) {
    pattern.lastIndex = end;
    const match = pattern.exec(text);
    if (match === null) return;
    end = pattern.lastIndex;
    yield match;
  }
}

function rangeOf(start: number, length: number): string {
  const spell = (codePoint: number): string => `\\u{${codePoint.toString(16)}}`;
  return length === 1 ? spell(start) : `${spell(start)}-${spell(start + length - 1)}`;
}
