import type { Rewrite } from './offset-map.ts';

/** What a normalizer removes, or folds into a Latin letter (`homoglyph`). */
export type NormalizationKind =
  | 'zero-width'
  | 'soft-hyphen'
  | 'variation-selector'
  | 'bidi-control'
  | 'tag-character'
  | 'homoglyph';

/** What one pass over a text made of it. */
export interface NormalizationPass {
  readonly text: string;
  readonly rewrites: readonly Rewrite[];
  /** How many characters of each kind were changed. */
  readonly counts: ReadonlyMap<NormalizationKind, number>;
}
