import type { NormalizationChange } from '@countermark/watermark/tokenizer';

/** Says what a normaliser changed in a text. */
export function normalizationInWords(changes: readonly NormalizationChange[]): string {
  return changes.map(({ kind, count }) => `${count} × ${kind}`).join(', ') || 'nothing changed';
}
