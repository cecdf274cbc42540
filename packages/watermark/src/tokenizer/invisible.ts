import type { NormalizationKind, NormalizationPass } from './normalization-pass.ts';
import { type Rewrite, utf8Length } from './offset-map.ts';
import { classBody, matchesOf } from './unicode-pattern.ts';
import * as sets from './unicode-sets.ts';

// The Hangul fillers, which are letters and take room, are not in it; the interlinear annotation marks are controls by their nature.
const INVISIBLE = new RegExp(`[${classBody(sets.INVISIBLE)}]+`, 'gu');

const SOFT_HYPHEN = /\u00ad/;
const VARIATION_SELECTOR = /[\u180b-\u180d\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;
const BIDI_CONTROL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const TAG_CHARACTER = /[\u{e0000}-\u{e007f}]/u;

const PICTOGRAPH = `[${classBody(sets.PICTOGRAPHS)}]`;
const EMOJI_END = new RegExp(`${PICTOGRAPH}[\\u{1f3fb}-\\u{1f3ff}]?\\ufe0f?$`, 'u');
const EMOJI_START = new RegExp(`^${PICTOGRAPH}`, 'u');
const PRESENTED_END = new RegExp(`(?![0-9#*])[${classBody(sets.EMOJI)}]$`, 'u');
const MONGOLIAN_END = new RegExp(`[${classBody(sets.MONGOLIAN_LETTERS)}]$`, 'u');
const JOINING_END = new RegExp(`[${classBody(sets.JOINING)}]$`, 'u');
// These are written without spaces; U+200B stands where a word ends.
const UNSPACED_END = new RegExp(`[${classBody(sets.UNSPACED)}]$`, 'u');

const BLACK_FLAG = '\u{1f3f4}';
const FLAG_TAGS: ReadonlySet<string> = new Set(['gbeng', 'gbsct', 'gbwls'].map(asTags));
const FLAG_TAGS_LENGTH = 6;

// A pictograph, a skin tone and a selector are five UTF-16 units.
const TAIL_UNITS = 8;

/** An emoji tag sequence's spelling of `name`, with the tag that ends it. */
function asTags(name: string): string {
  const tags = Array.from(name, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0)));
  return `${tags.join('')}\u{e007f}`;
}

/** Removes what `normalizeText` says, in time linear in the length of the text. */
export function removeInvisible(text: string): NormalizationPass {
  const counts = new Map<NormalizationKind, number>();
  const rewrites: Rewrite[] = [];
  const kept: string[] = [];
  let tail = '';
  let at = 0;
  let originalAt = 0;
  const keep = (part: string): void => {
    kept.push(part);
    tail = (tail + part.slice(-TAIL_UNITS)).slice(-TAIL_UNITS);
    const length = utf8Length(part);
    at += length;
    originalAt += length;
  };
  const remove = (character: string): void => {
    const kind = kindOf(character);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const originalLength = utf8Length(character);
    rewrites.push({ at, length: 0, originalAt, originalLength });
    originalAt += originalLength;
  };

  let end = 0;
  for (const match of matchesOf(INVISIBLE, text)) {
    keep(text.slice(end, match.index));
    end = match.index + match[0].length;
    const following = String.fromCodePoint(text.codePointAt(end) ?? 0);
    const run = [...match[0]];
    for (let i = 0; i < run.length; i++) {
      const character = run[i] ?? '';
      const tags = tail.endsWith(BLACK_FLAG) ? run.slice(i, i + FLAG_TAGS_LENGTH).join('') : '';
      if (FLAG_TAGS.has(tags)) {
        keep(tags);
        i += FLAG_TAGS_LENGTH - 1;
      } else if (isNeeded(character, tail, following)) {
        keep(character);
      } else {
        remove(character);
      }
    }
  }
  if (end === 0) return { text, rewrites, counts };
  keep(text.slice(end));
  return { text: kept.join(''), rewrites, counts };
}

/**
 * Whether ordinary writing has this character here.
 *
 * @param tail the end of what was kept before it.
 * @param following the next character that is visible.
 */
function isNeeded(character: string, tail: string, following: string): boolean {
  switch (character) {
    case '\ufe0e':
    case '\ufe0f':
      return PRESENTED_END.test(tail) || (following === '\u20e3' && /[0-9#*]$/.test(tail));
    case '\u200d':
      return JOINING_END.test(tail) || (EMOJI_END.test(tail) && EMOJI_START.test(following));
    case '\u200c':
      return JOINING_END.test(tail);
    case '\u200b':
      return UNSPACED_END.test(tail);
    case '\u180b':
    case '\u180c':
    case '\u180d':
    case '\u180e':
    case '\u180f':
      return MONGOLIAN_END.test(tail);
    default:
      return false;
  }
}

function kindOf(character: string): NormalizationKind {
  if (SOFT_HYPHEN.test(character)) return 'soft-hyphen';
  if (VARIATION_SELECTOR.test(character)) return 'variation-selector';
  if (BIDI_CONTROL.test(character)) return 'bidi-control';
  if (TAG_CHARACTER.test(character)) return 'tag-character';
  return 'zero-width';
}
