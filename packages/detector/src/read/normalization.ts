import { type NormalizedText, normalizeText } from '@countermark/watermark/tokenizer';

/** What is removed from a text, or replaced in it, before it is tokenized; every change is reported. */
export type Normalization = 'none' | 'invisible' | 'invisible-and-homoglyphs';

const NORMALIZATIONS: readonly Normalization[] = ['none', 'invisible', 'invisible-and-homoglyphs'];

/**
 * Checks an option that comes from outside the compiler.
 *
 * @throws {RangeError} if it is no {@link Normalization}.
 */
export function checkNormalization(normalization: Normalization): void {
  if (NORMALIZATIONS.includes(normalization)) return;
  const expected = NORMALIZATIONS.join(', ');
  throw new RangeError(`"normalization" expected one of ${expected}, got ${String(normalization)}`);
}

/** Returns a text as it is to be tokenized, with what was changed. */
export function normalizeBy(text: string, normalization: Normalization): NormalizedText {
  if (normalization === 'none') {
    return { text, changes: [], originalOffsets: (offsets) => Uint32Array.from(offsets) };
  }
  return normalizeText(text, { foldHomoglyphs: normalization === 'invisible-and-homoglyphs' });
}
