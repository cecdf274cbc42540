import type { ScanSummary } from '@countermark/corpus';
import { formatPValue } from '@countermark/detector/report';
import { oneLine } from '../output.ts';

const NAMED = 10;
const TOP = 5;

/** Says what a scan found, in lines for people. */
export function describeScan(summary: ScanSummary, directory: string): string {
  const { verdict, keys, alpha, shards, share, failures, accounts, duplicates } = summary;
  const strongest = keys.reduce((a, b) => (b.log10PValue < a.log10PValue ? b : a));
  const lines = [
    `corpus: ${verdict} (p = ${formatPValue(strongest.log10PValue)}, level ${alpha}, key ${strongest.keyId})`,
    `  whole: ${count(strongest.pooled.scored)} unique tuples sampled of about ${count(strongest.pooled.uniqueTuples)}, p = ${formatPValue(strongest.pooled.log10PValue)}, z ${strongest.pooled.zScore.toFixed(2)}`,
    `  single documents: p = ${formatPValue(strongest.documents.log10PValue)} from the mean of ${count(strongest.documents.count)} e-values`,
    `scanned: ${count(summary.documents)} documents, ${count(summary.tokens)} tokens, ${count(summary.bytes)} bytes in ${summary.files.length} files; ${count(summary.conclusive)} documents have at least ${summary.minTokens} scored tokens`,
  ];
  if (shards.scanned < shards.total) {
    const why = shards.stopped ? ', stopped because the evidence sufficed' : '';
    lines.push(`  only ${shards.scanned} of the corpus's ${shards.total} shards${why}`);
  }
  if (failures.records > 0) {
    const codes = Object.entries(failures.byCode).map(([code, records]) => `${code} ${count(records)}`);
    lines.push(
      `  ${count(failures.records)} records could not be read and are in nothing below: ${codes.join(', ')}`,
    );
  }
  for (const { keyId, decoys } of keys) {
    if (decoys === undefined) continue;
    lines.push(
      `  key ${keyId} among ${decoys.count} decoys: ${decoys.atLeastAsStrong} at least as strong${decoys.alarm ? '; ALARM: decoys are too strong, rely on no p-value here' : ''}`,
    );
  }
  lines.push(
    `documents: ${count(summary.detected)} detected at a false discovery rate of ${summary.falseDiscoveryRate}`,
    `  visibly marked: ${percent(share.estimate)}, 95 % interval ${percent(share.low)} to ${percent(share.high)}; shorter marked documents go unseen`,
  );
  for (const { id, file, line, record, log10QValue } of summary.top.slice(0, TOP)) {
    const place = line === undefined ? `${file}, record ${record + 1}` : `${file}, line ${line}`;
    lines.push(`  ${oneLine(id)} (${oneLine(place)}): q = ${formatPValue(log10QValue)}`);
  }
  for (const { named, documents, left, accounts: listed, issued, alpha: level } of accounts ?? []) {
    lines.push(
      `accounts: ${named.length} of ${count(listed)} named at level ${level} for ${count(issued)} issued, on ${documents} detected documents${left > 0 ? ` (${count(left)} more were not traced)` : ''}`,
    );
    for (const { account, log10PValue } of named.slice(0, NAMED)) {
      lines.push(`  ${oneLine(account)}: p = ${formatPValue(log10PValue)}`);
    }
    if (named.length > NAMED) lines.push(`  … and ${named.length - NAMED} more`);
  }
  lines.push(
    `repeats: ${count(duplicates.exact)} documents are exact copies of earlier ones; at least ${percent(duplicates.nearShare)} of those long enough repeat most of another`,
    `leads, not evidence: ${summary.leads.identity.documentsWithClaim} documents claim to be an assistant`,
    `result: ${directory}/summary.json, documents.parquet, report.html`,
  );
  return lines.join('\n');
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
