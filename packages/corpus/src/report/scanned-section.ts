import {
  escapeHtml,
  factList,
  formatBytes,
  formatCount,
  formatLevel,
  formatShare,
} from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { shorten } from './shown-name.ts';

const WORDS = `<p class="note">A shard is a piece of the corpus that is read in one go. A record is one line, row or file of it. A document is one answer or text in
a record, and what is judged. Texts are cut into tokens, most of them words or parts of words; scored are those on which the key could have had an influence.</p>
`;

/**
 * Renders how much was scanned, and under which settings.
 *
 * @param planCommand the command that made the plan, if it is known.
 */
export function scannedSection(summary: ScanSummary, planCommand: string | undefined): string {
  const { shards, files, failures, minTokens } = summary;
  const facts = factList([
    ['shards', shardsInWords(shards)],
    ['files', formatCount(files.length)],
    ['records', formatCount(summary.records)],
    ['records that could not be read', formatCount(failures.records)],
    ['documents', formatCount(summary.documents)],
    [
      'documents long enough',
      `${formatCount(summary.conclusive)}, with at least ${formatCount(minTokens)} scored tokens`,
    ],
    [
      'documents detected',
      `${formatCount(summary.detected)}, with q ≤ ${formatShare(summary.falseDiscoveryRate)} (Benjamini–Hochberg)`,
    ],
    ['different texts among the detected', differentInWords(summary)],
    ['tokens', formatCount(summary.tokens)],
    ['size', formatBytes(summary.bytes)],
    ['level', `${formatLevel(summary.alpha)}, for the whole corpus`],
    ['manifest', shorten(summary.manifest)],
    ['software', shorten(summary.software)],
  ]);
  const empty = summary.documents === 0 ? '<p>No document was read.</p>\n' : '';
  const planned =
    planCommand === undefined
      ? ''
      : `<p>The plan, which says what is scanned and at which levels, was made with:</p>\n<pre><code>${escapeHtml(planCommand)}</code></pre>\n`;
  return `<section>\n<h2>What was scanned</h2>\n${empty}${facts}${planned}${WORDS}</section>\n`;
}

function differentInWords({ contents }: ScanSummary): string {
  const about = contents.sampleShare < 1 ? 'about ' : '';
  return `${about}${formatCount(contents.detected)}; copies count once`;
}

function shardsInWords({ total, planned, scanned, stopped }: ScanSummary['shards']): string {
  const parts = [`${formatCount(scanned)} of ${formatCount(total)}`];
  if (planned < total) parts.push(`a sample of ${formatCount(planned)} was to be scanned`);
  if (stopped) parts.push('stopped early');
  return parts.join('; ');
}
