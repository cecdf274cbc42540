import { dataTable, formatCount } from '@countermark/report';
import type { DocumentLayout, FileLayout } from '../documents/layout.ts';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

/** Renders the files, those with the most detected documents first. */
export function filesSection({ files }: ScanSummary): string {
  if (files.length === 0) return '<section>\n<h2>Files</h2>\n<p>No file was scanned.</p>\n</section>\n';
  const ranked = [...files].sort((a, b) => b.detected - a.detected);
  const shown = ranked.slice(0, TABLE_ROWS);
  const table = dataTable({
    caption: 'Files, those with the most detected documents first.',
    headings: ['file', 'detected', 'documents', 'records', 'not read', 'tokens', 'bytes'],
    rows: shown.map((file) => [
      { html: shownName(file.file) },
      { text: formatCount(file.detected), value: file.detected },
      { text: formatCount(file.documents), value: file.documents },
      { text: formatCount(file.records), value: file.records },
      { text: formatCount(file.failed), value: file.failed },
      { text: formatCount(file.tokens), value: file.tokens },
      { text: formatCount(file.bytes), value: file.bytes },
    ]),
    left: files.length - shown.length,
  });
  return `<section>\n<h2>Files</h2>\n${table}${readingTable(files)}</section>\n`;
}

// Most corpora have one or two ways to read them, so these stand apart from the files.
function readingTable(files: ScanSummary['files']): string {
  const counts = new Map<string, number>();
  for (const { reading } of files) {
    const words = readingInWords(reading);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([, a], [, b]) => b - a);
  const shown = ranked.slice(0, TABLE_ROWS);
  return dataTable({
    caption: 'What was read of the files.',
    headings: ['format', 'files'],
    rows: shown.map(([words, count]) => [
      { html: shownName(words) },
      { text: formatCount(count), value: count },
    ]),
    left: ranked.length - shown.length,
  });
}

function readingInWords({ format, compression, layout }: FileLayout): string {
  return `${compression === 'none' ? format : `${format}, ${compression}`}: ${layoutInWords(layout)}`;
}

function layoutInWords(layout: DocumentLayout): string {
  switch (layout.kind) {
    case 'text':
      return layout.field === '' ? 'text' : `text in ${layout.field}`;
    case 'texts':
      return `texts in ${layout.fields.join(', ')}`;
    case 'chat':
      return `turns of ${layout.roles.join(', ')} in ${layout.field}`;
    case 'answers':
      return `answers in ${layout.fields.join(', ')}`;
    case 'ids':
      return layout.field === '' ? 'token ids' : `token ids in ${layout.field}`;
  }
}
