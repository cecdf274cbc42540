import { countOf, dataTable, formatBytes, formatCount } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

/** Renders what of the corpus was not read at all: nothing on the page is about it. */
export function unreadSection({ unread, unknown, excluded }: ScanSummary): string {
  const { inputs, accepted } = unread;
  if (inputs.length === 0 && unknown.files === 0 && excluded === undefined) return '';
  return `<section>\n<h2>What was not read</h2>\n${unreadPart(inputs, accepted)}${unknownPart(unknown)}${excludedPart(excluded)}</section>\n`;
}

function unreadPart(inputs: ScanSummary['unread']['inputs'], accepted: boolean): string {
  if (inputs.length === 0) return '';
  const shown = inputs.slice(0, TABLE_ROWS);
  const how = accepted ? ' Whoever ran the scan said that they may be left out.' : '';
  return `<p class="alarm">${countOf(inputs.length, 'input')} of the corpus could not be read: no figure on this page is about ${inputs.length === 1 ? 'it' : 'them'}.${how}</p>
${dataTable({
  caption: 'Inputs that could not be read.',
  headings: ['input', 'reason', 'bytes', 'message'],
  rows: shown.map(({ location, reason, bytes, message }) => [
    { html: shownName(location) },
    { html: shownName(reason) },
    bytes === undefined ? { text: 'unknown', value: -1 } : { text: formatCount(bytes), value: bytes },
    { html: shownName(message) },
  ]),
  left: inputs.length - shown.length,
})}`;
}

function unknownPart({ files, bytes, names }: ScanSummary['unknown']): string {
  if (files === 0) return '';
  const more = files > names.length ? ` and ${formatCount(files - names.length)} more` : '';
  return `<p>${countOf(files, 'file')} of no known format, ${formatBytes(bytes)}, ${files === 1 ? 'was' : 'were'} not scanned: ${names.map((name) => shownName(name)).join(', ')}${more}.</p>\n`;
}

function excludedPart(excluded: ScanSummary['excluded']): string {
  if (excluded === undefined) return '';
  const { patterns, files } = excluded;
  return `<p>${countOf(files, 'file')} ${files === 1 ? 'was' : 'were'} left out because whoever ran the scan said so: ${patterns.map((pattern) => shownName(pattern)).join(', ')}.</p>\n`;
}
