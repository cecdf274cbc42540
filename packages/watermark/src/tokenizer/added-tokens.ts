import { checkNfc, nfc } from './nfc.ts';

/** A token that ordinary text is searched for before it is cut into pieces. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Searched for in the normalized text, not in the text as it came. */
  readonly normalized: boolean;
}

/** What text is before it is cut into pieces: Unicode normalization form C, or as it came. */
export type Normalizer = 'none' | 'nfc';

/** A stretch of normalized text, or the id of an added token. */
export type Segment = string | number;

/**
 * Returns a function that takes added tokens out of a text, leftmost first and the longest of those, and
 * normalizes the rest.
 *
 * @throws {WatermarkError} `tokenizer-unavailable` if this runtime cannot normalize as Unicode 16.0 does.
 */
export function segmenter(
  added: readonly AddedToken[],
  normalizer: Normalizer,
): (text: string) => readonly Segment[] {
  if (normalizer === 'nfc') checkNfc();
  return segmenterBy(added, (text) => (normalizer === 'nfc' ? nfc(text) : text));
}

/** The same with any normalizer; it is given no empty text. */
export function segmenterBy(
  added: readonly AddedToken[],
  normalize: (text: string) => string,
): (text: string) => readonly Segment[] {
  const findRaw = finder(added.filter(({ normalized }) => !normalized));
  const findNormalized = finder(added.filter(({ normalized }) => normalized));
  return (text) =>
    findRaw(text).flatMap((segment) =>
      typeof segment === 'number' ? [segment] : findNormalized(normalize(segment)),
    );
}

function finder(added: readonly AddedToken[]): (text: string) => readonly Segment[] {
  if (added.length === 0) return (text) => (text === '' ? [] : [text]);
  const ids = new Map(added.map(({ content, id }) => [content, id]));
  // The first alternative that matches wins: the longest, as they stand from long to short.
  const contents = [...ids.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    contents.map((content) => content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'),
    'gu',
  );
  return (text) => {
    const segments: Segment[] = [];
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      if (match.index > end) segments.push(text.slice(end, match.index));
      segments.push(ids.get(match[0]) ?? 0);
      end = match.index + match[0].length;
    }
    if (end < text.length) segments.push(text.slice(end));
    return segments;
  };
}
