import { factList, formatBytes, formatCount, formatLevel, formatShare } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { shorten } from './shown-name.ts';

/** Renders how much was scanned, and under which settings. */
export function scannedSection(summary: ScanSummary): string {
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
  return `<section>\n<h2>What was scanned</h2>\n${empty}${facts}</section>\n`;
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
