import { UNDETERMINED } from '@countermark/hints';
import { type Cell, countOf, dataTable, formatCount, formatShare } from '@countermark/report';
import type { GroupCounts, ScanSummary } from '../merge/scan-summary.ts';
import { groupNote, groupTable } from './groups-section.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

const NAMES = new Intl.DisplayNames(['en'], { type: 'language' });

/** Renders which languages the documents are in: of all, or, of parts of earlier releases and of token ids, of a sample. */
export function languagesSection({ languages: tally, byLanguage }: ScanSummary): string {
  const content = byLanguage === undefined ? sampleTable(tally) : allDocuments(byLanguage);
  return `<section>\n<h2>Languages</h2>\n${content}</section>\n`;
}

function allDocuments(byLanguage: GroupCounts): string {
  const { left } = byLanguage;
  const ids = left === 0 ? '' : `<p>Without any text to tell it by: ${countOf(left, 'document')}.</p>\n`;
  const told =
    '<p>The language is told from the first thousand characters of each document; where that is not certain, as in short texts and in code, it is undetermined.</p>\n';
  return `${told}${groupTable(byLanguage, { of: 'language', cell: languageName })}${ids}${groupNote('language')}`;
}

function sampleTable(tally: ScanSummary['languages']): string {
  const entries = Object.entries(tally.languages);
  const shown = entries.slice(0, TABLE_ROWS);
  if (entries.length === 0) return '<p>No document was looked at.</p>\n';
  return dataTable({
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
}

function detectedCell(detected: number): Cell {
  return { text: formatCount(detected), value: detected };
}

/** Returns the English name of a language in HTML, or its code where that has none. */
export function languageName(language: string): string {
  if (language === UNDETERMINED || !/^[a-z]{2,3}$/.test(language)) return shownName(language);
  return shownName(NAMES.of(language) ?? language);
}
