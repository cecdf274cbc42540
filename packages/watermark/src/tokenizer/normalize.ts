import { foldHomoglyphs } from './homoglyphs.ts';
import { removeInvisible } from './invisible.ts';
import type { NormalizationKind } from './normalization-pass.ts';
import { originalOffsets } from './offset-map.ts';

/** How many characters of a kind were changed, at least 1. */
export interface NormalizationChange {
  readonly kind: NormalizationKind;
  readonly count: number;
}

/** A text without what hides in it, and what was hidden. */
export interface NormalizedText {
  readonly text: string;
  /** One entry a kind that occurred, in the order that {@link NormalizationKind} has. */
  readonly changes: readonly NormalizationChange[];
  /**
   * Returns where bytes of `text` were in the original, both counted in UTF-8 `[offsets.length]`.
   *
   * Maps the edges of tokens: what was removed belongs to the token before it, at the very start to the first.
   */
  originalOffsets(offsets: ArrayLike<number>): Uint32Array;
}

/** Settings of {@link normalizeText}. */
export interface NormalizeOptions {
  /** Whether look-alikes of Latin letters are folded too; default false. */
  readonly foldHomoglyphs?: boolean;
}

// Everything that is ever removed or folded lies here: most Western text does not, and is left alone at once.
const MAY_CHANGE = /\u00ad|[\u034f-\uffff]/;

const KINDS: readonly NormalizationKind[] = [
  'zero-width',
  'soft-hyphen',
  'variation-selector',
  'bidi-control',
  'tag-character',
  'homoglyph',
];

/**
 * Undoes what hides a text from its tokens: removes invisible characters, and on request folds look-alikes.
 *
 * Removed are zero-width characters, soft hyphens, variation selectors, directional controls and tag
 * characters, except where ordinary writing needs them, so that what a model wrote keeps its tokens:
 * - U+FE0E and U+FE0F after an emoji, and in a keycap (`1`, U+FE0F, U+20E3);
 * - U+200D between two emoji;
 * - U+200C and U+200D once after a letter or mark of a script that joins letters or stacks consonants (Arabic
 *   and its kin, the scripts of India and South-East Asia);
 * - Mongolian variation selectors and U+180E after a Mongolian letter;
 * - the tag characters of the flags of England, Scotland and Wales.
 *
 * Folded are Cyrillic and Greek letters that look like a Latin one, in words that have a Latin letter and no
 * letter but Latin ones and such look-alikes: `pаypаl` with two Cyrillic letters, and never a Russian word.
 */
export function normalizeText(text: string, options: NormalizeOptions = {}): NormalizedText {
  if (!MAY_CHANGE.test(text)) {
    return { text, changes: [], originalOffsets: (offsets) => Uint32Array.from(offsets) };
  }
  const visible = removeInvisible(text);
  const folded = options.foldHomoglyphs === true ? foldHomoglyphs(visible.text) : undefined;
  const counts = new Map([...visible.counts, ...(folded?.counts ?? [])]);
  return {
    text: folded?.text ?? visible.text,
    changes: KINDS.flatMap((kind) => {
      const count = counts.get(kind) ?? 0;
      return count > 0 ? [{ kind, count }] : [];
    }),
    originalOffsets: (offsets) =>
      originalOffsets(visible.rewrites, originalOffsets(folded?.rewrites ?? [], offsets)),
  };
}
