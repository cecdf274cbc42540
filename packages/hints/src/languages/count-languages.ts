import type { LanguageIdentifier } from './identify-language.ts';

/** Documents by language. */
export interface LanguageCounts {
  /** Documents that were looked at. */
  readonly documents: number;
  /** Documents by ISO 639-1 code or `UNDETERMINED`, most first, ties by code. */
  readonly languages: Readonly<Record<string, number>>;
}

/** What there is to say of no documents. */
export const NO_LANGUAGES: LanguageCounts = { documents: 0, languages: {} };

/** Counts texts by their language. */
export function countLanguages(texts: readonly string[], identify: LanguageIdentifier): LanguageCounts {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const language = identify(text);
    counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const byCount = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return { documents: texts.length, languages: Object.fromEntries(byCount) };
}
