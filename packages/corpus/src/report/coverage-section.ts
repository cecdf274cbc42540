import { type Cell, countOf, dataTable, formatCount } from '@countermark/report';
import { leftOutInWords, percentOf, type TextCoverage } from '../documents/text-coverage.ts';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

/** From here on a share of unread text is an alarm: of the whole corpus, and of one file. */
const ALARM = 0.05;
const FILE_ALARM = 0.2;

/** Renders how much of the text was tested, and where the rest is. */
export function coverageSection({ coverage, files }: ScanSummary): string {
  if (coverage === undefined)
    return '<section>\n<h2>Text that was read</h2>\n<p>How much of the text was tested is not known: parts of an earlier release do not say.</p>\n</section>\n';
  const { characters, tested, tokenIds, share, emptyDocuments, rest, unlisted, approximate } = coverage;
  const ids = tokenIds === 0 ? '' : ` and ${countOf(tokenIds, 'token id')}`;
  const about = approximate
    ? ' Of columns that were not decoded, sizes are those that the files state, in bytes.'
    : '';
  const empty =
    emptyDocuments === 0
      ? ''
      : `<p>${countOf(emptyDocuments, 'document')} ${emptyDocuments === 1 ? 'has' : 'have'} no text at all: nothing was tested in ${emptyDocuments === 1 ? 'it' : 'them'}.</p>\n`;
  return `<section>
<h2>Text that was read</h2>
<p>${formatCount(tested)} of ${countOf(characters, 'character')} of text in the records that were read${ids} ${tokenIds === 0 && tested === 1 ? 'was' : 'were'} tested: ${percentOf(share)}.${about} Nothing is said of the rest.</p>
${empty}${restTable(rest, unlisted)}${fileTable(files)}</section>
`;
}

function restTable(rest: TextCoverage['rest'], unlisted: number): string {
  if (rest.length === 0) return '';
  const more =
    unlisted === 0 ? '' : `<p class="note">${countOf(unlisted, 'character')} more in other fields.</p>\n`;
  return `${dataTable({
    caption: 'Where the text is that was not tested, the most first.',
    headings: ['field', 'why', 'characters', 'share'],
    rows: rest.map((part): Cell[] => [
      { html: shownName(part.field === '' ? 'the record' : part.field) },
      { html: shownName(leftOutInWords(part) ?? 'not read') },
      { text: formatCount(part.characters), value: part.characters },
      { text: percentOf(part.share), value: part.share },
    ]),
  })}${more}`;
}

function fileTable(files: ScanSummary['files']): string {
  if (files.length < 2) return '';
  const ranked = files
    .flatMap(({ file, coverage }) => (coverage === undefined ? [] : [{ file, coverage }]))
    .filter(({ coverage }) => coverage.share < 1)
    .sort((a, b) => a.coverage.share - b.coverage.share);
  if (ranked.length === 0) return '';
  const shown = ranked.slice(0, TABLE_ROWS);
  return dataTable({
    caption: 'Files by the share of their text that was tested, the least first.',
    headings: ['file', 'tested', 'not read', 'empty documents'],
    rows: shown.map(({ file, coverage }): Cell[] => [
      { html: shownName(file) },
      { text: percentOf(coverage.share), value: coverage.share },
      { text: percentOf(unreadShare(coverage)), value: unreadShare(coverage) },
      { text: formatCount(coverage.emptyDocuments), value: coverage.emptyDocuments },
    ]),
    left: ranked.length - shown.length,
  });
}

/** Share of the text that may hold answers and was not read: in fields, turns or parts that nobody knows. */
function unreadShare({ rest }: TextCoverage): number {
  return rest
    .filter(({ why }) => why === 'unread' || why === 'role' || why === 'part')
    .reduce((sum, { share }) => sum + share, 0);
}

/** Says what of the text a verdict says nothing of, where that is much, as a warning beside the verdict. */
export function coverageWarnings({ coverage, files }: ScanSummary): string[] {
  if (coverage === undefined)
    return ['How much of the text was tested is not known: parts of an earlier release do not say.'];
  const warnings: string[] = [];
  const share = unreadShare(coverage);
  if (share >= ALARM)
    warnings.push(
      `${percentOf(share)} of the text lies in fields that were not read, or in turns and parts of kinds that are not known, and is in none of the figures below: see the text that was read.`,
    );
  const low = files.filter((file) => file.coverage !== undefined && unreadShare(file.coverage) >= FILE_ALARM);
  if (low.length > 0 && files.length > 1)
    warnings.push(
      `Of ${countOf(low.length, 'file')}, ${percentOf(FILE_ALARM)} of the text or more was not read.`,
    );
  if (coverage.emptyDocuments > 0 && 10 * coverage.emptyDocuments >= coverage.documents)
    warnings.push(
      `${formatCount(coverage.emptyDocuments)} of ${countOf(coverage.documents, 'document')} ${coverage.emptyDocuments === 1 ? 'has' : 'have'} no text at all.`,
    );
  return warnings;
}
