import { countOf, dataTable, formatCount, formatLevel, formatPValue } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

type AccountResult = NonNullable<ScanSummary['accounts']>[number];

/** Keys with a part of their own. */
const KEYS = 5;

/** Renders which accounts the detected documents name. */
export function accountsSection({ accounts }: ScanSummary): string {
  if (accounts === undefined) {
    return '<section>\n<h2>Accounts</h2>\n<p>No accounts were traced.</p>\n</section>\n';
  }
  const shown = accounts.slice(0, KEYS);
  const left = accounts.length - shown.length;
  const more = left > 0 ? `<p class="note">${countOf(left, 'more key')} not shown.</p>\n` : '';
  return `<section>\n<h2>Accounts</h2>\n${shown.map(accountPart).join('')}${more}</section>\n`;
}

function accountPart(result: AccountResult): string {
  const { keyId, documents, left, accounts, issued } = result;
  const untraced =
    left > 0
      ? `<p class="alarm">${countOf(left, 'detected document')} more ${left === 1 ? 'was' : 'were'} not traced.</p>\n`
      : '';
  return `<h3>Key ${shownName(keyId)}</h3>
<p class="verdict ${result.named.length > 0 ? 'named' : 'none-named'}">${sentence(result)}</p>
${untraced}<p>${countOf(documents, 'detected document')} traced, one by one and all together; ${countOf(accounts, 'account')} compared of ${formatCount(issued)} that were ever issued.</p>
${accountTable(result)}`;
}

function sentence({ named, alpha, issued }: AccountResult): string {
  const level = `at level ${formatLevel(alpha)}`;
  const hypothesis = 'the null hypothesis, that the account’s code had no influence on these documents';
  const corrected = `corrected for ${countOf(issued, 'account')} issued (Bonferroni)`;
  if (named.length === 0) {
    return `No account named ${level}: ${hypothesis}, is rejected for none of them, ${corrected}.`;
  }
  const strongest = formatPValue(named.reduce((least, { log10PValue }) => Math.min(least, log10PValue), 0));
  return named.length === 1
    ? `One account named ${level}: ${hypothesis}, is rejected for it, with p = ${strongest}, ${corrected}.`
    : `${formatCount(named.length)} accounts named ${level}: ${hypothesis}, is rejected for each of them, the smallest p being ${strongest}, ${corrected}.`;
}

function accountTable({ named }: AccountResult): string {
  if (named.length === 0) return '';
  const shown = named.slice(0, TABLE_ROWS);
  return dataTable({
    caption: 'Named accounts. An account that is not named is not cleared.',
    headings: ['account', 'p-value', 'named on', 'documents that name it'],
    rows: shown.map(({ account, log10PValue, scope, documents }) => [
      { html: shownName(account) },
      { text: formatPValue(log10PValue), value: log10PValue },
      { html: scope === 'pooled' ? 'all traced documents as one' : 'single documents alone' },
      { text: formatCount(documents), value: documents },
    ]),
    left: named.length - shown.length,
  });
}
