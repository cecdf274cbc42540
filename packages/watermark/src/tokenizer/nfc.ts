import { WatermarkError } from '../errors.ts';
import { classBody } from './unicode-pattern.ts';
import { UNASSIGNED } from './unicode-sets.ts';

const LATER_ONES = new RegExp(`([${classBody(UNASSIGNED)}]+)`, 'u');
// A few ranges without a gap hold most text that composes, and are searched ten times as fast.
const ELSEWHERE =
  /[^\0-\u0377\u0400-\u052f\u0600-\u070d\u0900-\u0983\u1100-\u1248\u1e00-\u1f15\u2000-\u2064\u3041-\u3096\u3099-\u30ff\u4e00-\ua48c\uac00-\ud7a3]/;

// One of the vowel signs of Unicode 16.0 that decompose.
const NEWEST = '\u{16121}';

/**
 * Checks that this runtime has the characters that {@link nfc} needs.
 *
 * @throws {WatermarkError} `tokenizer-unavailable` if its Unicode version is below 16.0.
 */
export function checkNfc(): void {
  if (NEWEST.normalize('NFD') !== NEWEST) return;
  throw new WatermarkError(
    'tokenizer-unavailable',
    'a tokenizer.json with the normalizer NFC needs a JavaScript runtime of Unicode 16.0 or later',
  );
}

/**
 * Returns a text in normalization form C of Unicode 16.0, whatever later version this runtime has.
 *
 * A character of a later version is unassigned in 16.0: it does not compose and nothing moves past it, so the text is cut there.
 * All others keep their form in later versions (Unicode's stability policy). Where the later form leaves a text as it is, so
 * does the earlier one: what composes or moves between two cuts does so in the whole text as well.
 */
export function nfc(text: string): string {
  const composed = text.normalize('NFC');
  if (composed === text || !ELSEWHERE.test(text)) return composed;
  const parts = text.split(LATER_ONES);
  return parts.length === 1 ? composed : parts.map((part) => part.normalize('NFC')).join('');
}
