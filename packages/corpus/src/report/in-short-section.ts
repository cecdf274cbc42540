import {
  countOf,
  escapeHtml,
  formatCount,
  formatLevel,
  formatPValue,
  formatShare,
} from '@countermark/report';
import { percentOf } from '../documents/text-coverage.ts';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { overviewSvg } from './overview-svg.ts';
import { shownName } from './shown-name.ts';

/** Files that are named. */
const NAMED = 3;

/** Renders what was found in plain words, for who has no statistics: what, how much, where, how sure, and what was not read. */
export function inShortSection(summary: ScanSummary): string {
  const rows = [
    ['How much', howMuch(summary)],
    ['Where', where(summary)],
    ['How sure', howSure(summary)],
    ['Whose', whose(summary)],
    ['Not read', notRead(summary)],
  ].filter(([, html]) => html !== '');
  const picture = summary.documents + summary.failures.records === 0 ? '' : overviewSvg(summary);
  return `<section class="first">
<h2>In short</h2>
<p class="headline ${summary.verdict}">${headline(summary)}</p>
${picture}<table class="facts"><tbody>
${rows.map(([name = '', html = '']) => `<tr><th scope="row">${name}</th><td>${unbroken(html)}</td></tr>\n`).join('')}</tbody></table>
<p class="note">The mark is a pattern that one secret key puts into a model’s answers. The tests that stand behind these sentences follow below.</p>
</section>
`;
}

function headline({ verdict, keys, detected }: ScanSummary): string {
  if (keys.some(({ decoys }) => decoys?.alarm === true))
    return 'This result cannot be relied on: keys that nobody used seem to be found, too.';
  const which = keys.length === 1 ? 'the mark of this key' : 'a mark of these keys';
  if (verdict === 'detected') {
    const found = keys.filter((key) => key.verdict === 'detected');
    const named = found.slice(0, NAMED).map(({ keyId }) => shownName(keyId));
    const more = found.length > named.length ? ` and ${formatCount(found.length - named.length)} more` : '';
    return `We found marked text in this corpus. ${found.length === 1 ? 'Key' : 'Keys'}: ${named.join(', ')}${more}`;
  }
  const single =
    detected === 0 ? '' : ` ${countOf(detected, 'document is', 'documents are')} detected alone: see below.`;
  if (verdict === 'not-detected')
    return `We did not find ${which} in what was read. That does not show that it is absent.${single}`;
  return `There is too little text to say whether this corpus carries ${which}.${single}`;
}

// A number and its per cent sign stay in one line.
function unbroken(html: string): string {
  return html.replaceAll(/(\d) %/g, '$1\u00a0%');
}

function howMuch({ detected, contents, conclusive, documents, share }: ScanSummary): string {
  if (documents === 0) return 'No document was read.';
  if (conclusive === 0)
    return `None of ${countOf(documents, 'document')} is long enough to be judged by itself.`;
  const about = contents.sampleShare < 1 ? 'about ' : '';
  const copies =
    contents.detected < detected
      ? ` They are copies of ${about}${countOf(contents.detected, 'different text')}, and where we speak of a share, copies count once.`
      : '';
  const seen =
    share.documents === 0
      ? ''
      : ` Of ${about}${countOf(contents.conclusive, 'different text')} long enough, about ${formatShare(share.estimate)} visibly carry it (between ${formatShare(share.low)} and ${formatShare(share.high)}); texts that are short or were edited may carry it unseen.`;
  return `${countOf(detected, 'document is found to carry', 'documents are found to carry')} the mark, of ${formatCount(conclusive)} that are long enough to tell, and ${formatCount(documents)} in all.${copies}${seen}`;
}

function where({ files, detected }: ScanSummary): string {
  if (detected === 0) return '';
  const hit = files.filter((file) => file.detected > 0).sort((a, b) => b.detected - a.detected);
  const named = hit
    .slice(0, NAMED)
    .map(
      ({ file, detected: own, documents }) =>
        `${shownName(file)} (${formatCount(own)} of ${formatCount(documents)})`,
    );
  const more = hit.length > named.length ? ` and ${countOf(hit.length - named.length, 'more file')}` : '';
  return `In ${formatCount(hit.length)} of ${countOf(files.length, 'file')}: ${named.join(', ')}${more}.`;
}

function howSure({ verdict, keys, alpha, detected, falseDiscoveryRate }: ScanSummary): string {
  if (keys.some(({ decoys }) => decoys?.alarm === true)) return 'Not at all: see the alarm below.';
  const least = keys.reduce((p, { log10PValue }) => Math.min(p, log10PValue), 0);
  const level = `The limit of ${formatLevel(alpha)} is fixed in the plan.`;
  const corpus =
    verdict === 'detected'
      ? `If nobody had used the key, evidence this strong would come up by chance with probability ${formatPValue(least)} at most. ${level}`
      : verdict === 'not-detected'
        ? `Unmarked text gives evidence like this with probability up to ${formatPValue(least)}, which is above the limit. ${level}`
        : '';
  const documents =
    detected === 0
      ? ''
      : ` On average, at most ${formatShare(falseDiscoveryRate)} of the documents that are called marked are called so by mistake.`;
  return `${corpus}${documents}`.trim();
}

function whose({ accounts = [] }: ScanSummary): string {
  if (accounts.length === 0) return '';
  const named = new Set(accounts.flatMap(({ named: found }) => found.map(({ account }) => account)));
  if (named.size === 0) return 'No account is named. That clears none.';
  return `${countOf(named.size, 'account is', 'accounts are')} named as the source of answers in this corpus. That does not show who put them there.`;
}

function notRead(summary: ScanSummary): string {
  const { coverage, failures, records, unread, unknown, excluded, shards } = summary;
  const found: string[] = [];
  if (shards.scanned < shards.total)
    found.push(
      `only ${formatCount(shards.scanned)} of ${countOf(shards.total, 'part')} of the corpus was read`,
    );
  if (unread.inputs.length > 0) found.push(`${countOf(unread.inputs.length, 'input')} could not be opened`);
  if (unknown.files > 0) found.push(`${countOf(unknown.files, 'file')} of no known format`);
  if (excluded !== undefined && excluded.files > 0)
    found.push(`${countOf(excluded.files, 'file')} that whoever ran the scan left out`);
  if (failures.records > 0)
    found.push(`${formatCount(failures.records)} of ${countOf(records, 'record')} could not be read`);
  if (coverage !== undefined && coverage.share < 1)
    found.push(
      `${percentOf(1 - coverage.share)} of the text was left out, such as prompts and fields that were not read`,
    );
  if (coverage !== undefined && coverage.emptyDocuments > 0)
    found.push(`${countOf(coverage.emptyDocuments, 'document has', 'documents have')} no text`);
  if (coverage === undefined) found.push('how much of the text was read is not known');
  if (found.length === 0) return 'Nothing: all files, records and texts were read.';
  const [first = '', ...rest] = found;
  return `${[`${first.charAt(0).toUpperCase()}${first.slice(1)}`, ...rest].join('; ')}. Nothing on this page is about that.`;
}

/** What a report is called by whoever signs it. */
export interface ReportOrigin {
  /** What the corpus is called. */
  readonly name?: string;
  /** When the report was made, as it is to be shown. */
  readonly date?: string;
}

/** Renders which corpus a report is of, from when, and made with what. */
export function originLines({ name, date }: ReportOrigin, { software, manifest }: ScanSummary): string {
  const corpus = name === undefined ? '' : `Corpus: <strong>${shownName(name)}</strong>. `;
  const made = date === undefined ? '' : `Date: ${escapeHtml(date)}. `;
  return `<p>${corpus}${made}Release: ${escapeHtml(software.slice(0, 100))}. Plan: <code class="digest">${escapeHtml(manifest.slice(0, 64))}</code></p>\n`;
}

/** Renders lines to be filled in and signed by hand. */
export function signSection({ date }: ReportOrigin): string {
  const lines = ['Name', 'Organisation', ...(date === undefined ? ['Date'] : []), 'Signed'];
  return `<section class="sign">
<h2>To sign</h2>
<p>I have read the plan of this scan, and what was not read. The key, the levels and the corpus were fixed before the first scan.</p>
<table class="facts"><tbody>
${lines.map((line) => `<tr><th scope="row">${line}</th><td></td></tr>\n`).join('')}</tbody></table>
</section>
`;
}
