import { CLASS_RUNS } from './unicode-runs.ts';

// One bit each, so that a set of classes is a mask. They partition the code points.
/** `Lu`, `Lt`. */
export const UPPER = 1;
/** `Ll`. */
export const LOWER = 2;
/** `Lm`, `Lo`: letters without case. */
export const CASELESS = 4;
/** `M`. */
export const MARK = 8;
/** `N`. */
export const NUMBER = 16;
/** CR and LF. */
export const NEWLINE = 32;
/** `White_Space` but CR and LF. */
export const BLANK = 64;
/** All the rest: punctuation, symbols, controls, unassigned. */
export const OTHER = 128;

const CLASS_OF_LETTER: Readonly<Record<string, number>> = {
  u: UPPER,
  l: LOWER,
  c: CASELESS,
  m: MARK,
  n: NUMBER,
  r: NEWLINE,
  s: BLANK,
  o: OTHER,
};

/**
 * Returns the class of every code point `[0x110000]`, as the engine inside tiktoken has it: that of Unicode 16.0,
 * which docs/spec.md section 7 fixes.
 *
 * This runtime's own `\p{…}` is of no use here: it follows the Unicode version of the Node release, and
 * thousands of code points would split differently.
 */
export function unicodeClasses(): Uint8Array {
  const classes = new Uint8Array(0x110000);
  let codePoint = 0;
  for (const [, length, letter = ''] of CLASS_RUNS.matchAll(/(\d*)([a-z])/g)) {
    const end = codePoint + (length === '' ? 1 : Number(length));
    classes.fill(CLASS_OF_LETTER[letter] ?? OTHER, codePoint, end);
    codePoint = end;
  }
  return classes;
}
