import { nfc } from './nfc.ts';
import { classBodyOf, matchesOf } from './unicode-pattern.ts';

/** A stretch of a text that was replaced, in bytes of UTF-8. */
export interface Rewrite {
  /** Where the replacement starts in the new text; ascending from rewrite to rewrite. */
  readonly at: number;
  /** The length of the replacement; 0 where the stretch was removed. */
  readonly length: number;
  readonly originalAt: number;
  readonly originalLength: number;
}

/**
 * Returns where bytes of a rewritten text were in the original `[offsets.length]`.
 *
 * What was removed belongs to what stands before it; at the very start, to what follows. An offset inside a
 * replacement becomes the start of what was replaced.
 *
 * @param offsets byte offsets in the rewritten text, in any order.
 */
export function originalOffsets(rewrites: readonly Rewrite[], offsets: ArrayLike<number>): Uint32Array {
  return Uint32Array.from(offsets, (offset) => {
    if (offset === 0) return 0;
    const last = rewrites[countUpTo(rewrites, offset) - 1];
    if (last === undefined) return offset;
    const past = offset - last.at - last.length;
    return past < 0 ? last.originalAt : last.originalAt + last.originalLength + past;
  });
}

/** How many rewrites start at `offset` or before it. */
function countUpTo(rewrites: readonly Rewrite[], offset: number): number {
  let low = 0;
  let high = rewrites.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rewrites[middle]?.at ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

// What composes lies in one match: the parts of a Hangul syllable (The Unicode Standard, section 3.12), or a base
// with its marks.
const HANGUL = '[\\u1100-\\u1112][\\u1161-\\u1175][\\u11a8-\\u11c2]?|[\\uac00-\\ud7a3][\\u11a8-\\u11c2]';
const MARK = classBodyOf('m');
const COMPOSING = new RegExp(`(?:${HANGUL}|[^${MARK}])[${MARK}]*|[${MARK}]+`, 'gu');

/**
 * Returns how `text` was rewritten into `composed`, its Unicode normalization form C.
 *
 * @param composed may differ from what `nfc` makes of the text where parts were normalized one by one; the rewrite is then one
 *   stretch, the whole text.
 */
export function compositionOf(text: string, composed: string): readonly Rewrite[] {
  const rewrites: Rewrite[] = [];
  let result = '';
  let at = 0;
  let originalAt = 0;
  for (const [cluster] of matchesOf(COMPOSING, text)) {
    const normal = nfc(cluster);
    const length = utf8Length(normal);
    const originalLength = cluster === normal ? length : utf8Length(cluster);
    if (cluster !== normal) rewrites.push({ at, length, originalAt, originalLength });
    result += normal;
    at += length;
    originalAt += originalLength;
  }
  if (result === composed) return rewrites;
  return [{ at: 0, length: utf8Length(composed), originalAt: 0, originalLength: utf8Length(text) }];
}

/** Returns how many bytes `text` has in UTF-8. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      length += 4;
      i++;
    } else length += 3;
  }
  return length;
}
