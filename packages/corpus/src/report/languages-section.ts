import { UNDETERMINED } from '@countermark/hints';
import { type Cell, countOf, dataTable, formatCount, formatShare } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

const NAMES = new Intl.DisplayNames(['en'], { type: 'language' });

/** Renders which languages the documents are in. */
export function languagesSection({ languages: tally }: ScanSummary): string {
  const entries = Object.entries(tally.languages);
  const shown = entries.slice(0, TABLE_ROWS);
  const content =
    entries.length === 0
      ? '<p>No document was looked at.</p>\n'
      : dataTable({
          caption: `Languages of ${countOf(tally.documents, 'document')} of different content, chosen by hash. Detected are those of them that carry the mark.`,
          headings: ['language', 'documents', 'share', 'detected'],
          rows: shown.map(([language, documents]) => [
            { html: languageName(language) },
            { text: formatCount(documents), value: documents },
            { text: formatShare(documents / tally.documents), value: documents / tally.documents },
            detectedCell(tally.detected[language] ?? 0),
          ]),
          left: entries.length - shown.length,
        });
  return `<section>\n<h2>Languages</h2>\n${content}</section>\n`;
}

function detectedCell(detected: number): Cell {
  return { text: formatCount(detected), value: detected };
}

/** Returns the English name of a language in HTML, or its code where that has none. */
export function languageName(language: string): string {
  if (language === UNDETERMINED || !/^[a-z]{2,3}$/.test(language)) return shownName(language);
  return shownName(NAMES.of(language) ?? language);
}
