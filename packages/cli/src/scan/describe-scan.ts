import type { ScanSummary } from '@countermark/corpus';
import { coverageInWords } from '@countermark/corpus/driver';
import { formatPValue } from '@countermark/report';
import { counted, withCommas } from '../counted.ts';
import { oneLine } from '../output.ts';

const NAMED = 10;
const TOP = 5;
const FAILURES = 3;

/**
 * Says what a scan found, in lines for people.
 *
 * @param table names of the files of documents, if there are any.
 */
export function describeScan(summary: ScanSummary, directory: string, table: string | undefined): string {
  const files = ['summary.json', ...(table === undefined ? [] : [table]), 'report.html'];
  return [
    ...verdictLines(summary),
    ...unreadLines(summary),
    ...scannedLines(summary),
    ...decoyLines(summary),
    ...documentLines(summary),
    ...groupLines(summary),
    ...languageLines(summary),
    ...accountLines(summary),
    ...leadLines(summary),
    `result: ${files.map((file) => `${directory}/${file}`).join(', ')}`,
  ].join('\n');
}

function verdictLines({ verdict, keys, alpha, minTokens }: ScanSummary): string[] {
  const { keyId, log10PValue, pooled, documents } = keys.reduce((a, b) =>
    b.log10PValue < a.log10PValue ? b : a,
  );
  const { scored, uniqueTuples, level, zScore } = pooled;
  // A p-value of 1 that rests on nothing reads like a result.
  const p =
    verdict === 'inconclusive' ? `fewer than ${minTokens} tuples scored` : `p = ${formatPValue(log10PValue)}`;
  const tuples =
    level === 0
      ? counted(scored, 'unique tuple')
      : `a sample of ${counted(scored, 'tuple')} of about ${withCommas(uniqueTuples)} unique ones`;
  return [
    `corpus: ${verdict} (${p}, level ${plain(alpha)}, key ${keyId})`,
    scored === 0
      ? '  whole: nothing was scored'
      : `  whole: p = ${formatPValue(pooled.log10PValue)}, z ${zScore.toFixed(2)}, from ${tuples}`,
    documents.count === 0
      ? '  single documents: none is long enough'
      : `  single documents: p = ${formatPValue(documents.log10PValue)}, from the mean of ${counted(documents.count, 'e-value')}`,
  ];
}

function scannedLines(summary: ScanSummary): string[] {
  const { shards, files, documents, conclusive, minTokens, failures } = summary;
  const isPart = shards.scanned < shards.total;
  const read = files.filter(({ bytes, records }) => bytes > 0 || records > 0).length;
  const lines = [
    `scanned: ${counted(documents, 'document')}, ${counted(summary.tokens, 'token')}, ${counted(summary.bytes, 'byte')} in ` +
      `${isPart ? `${withCommas(read)} of ` : ''}${counted(files.length, 'file')}; ` +
      `${counted(conclusive, 'document has', 'documents have')} at least ${minTokens} scored tokens`,
  ];
  if (isPart) {
    const why = shards.stopped
      ? 'stopped because the evidence sufficed'
      : `a random sample of ${shards.planned} was asked for`;
    lines.push(`  only ${withCommas(shards.scanned)} of ${counted(shards.total, 'shard')}: ${why}`);
  }
  lines.push(...coverageLines(summary));
  if (failures.records === 0) return lines;
  const codes = Object.entries(failures.byCode).map(([code, records]) => `${code} ${withCommas(records)}`);
  lines.push(
    `  ${counted(failures.records, 'record')} could not be read, and ${failures.records === 1 ? 'is' : 'are'} in no other figure: ${codes.join(', ')}`,
  );
  for (const failure of failures.listed.slice(0, FAILURES)) {
    lines.push(`    ${placeOf(failure)}: ${oneLine(failure.message)}`);
  }
  const more = failures.listed.length - FAILURES;
  if (more > 0) lines.push('    … more in summary.json');
  return lines;
}

function groupLines({ groups }: ScanSummary): string[] {
  if (groups === undefined) return [];
  const lines = groups.listed.slice(0, TOP).map(({ name, documents, detected, verdict, log10PValue }) => {
    const found = `${counted(documents, 'document')}, ${withCommas(detected)} detected`;
    // A p-value of 1 that rests on nothing reads like a result.
    const p = verdict === 'inconclusive' ? 'none is long enough' : `p = ${formatPValue(log10PValue)}`;
    return `  ${oneLine(name)}: ${verdict}, ${p}; ${found}`;
  });
  const more = groups.listed.length - TOP;
  return [
    `by ${groups.by.map(oneLine).join(', ')}: ${counted(groups.listed.length, 'value')}; ${counted(groups.left, 'document')} without one`,
    ...lines,
    ...(more > 0 ? [`  … ${withCommas(more)} more in summary.json`] : []),
  ];
}

function languageLines({ byLanguage }: ScanSummary): string[] {
  if (byLanguage === undefined) return [];
  const most = byLanguage.listed.toSorted((a, b) => b.documents - a.documents);
  const named = most.slice(0, TOP).map(({ name, documents, detected }) => {
    const found = detected === 0 ? '' : ` (${withCommas(detected)} detected)`;
    return `${name} ${withCommas(documents)}${found}`;
  });
  const more = most.length - named.length;
  return [
    `languages of the documents: ${named.join(', ')}${more > 0 ? `, and ${withCommas(more)} more` : ''}`,
  ];
}

function unreadLines({ unread: { inputs }, unknown }: ScanSummary): string[] {
  const lines: string[] = [];
  if (inputs.length > 0) {
    lines.push(`NOT READ: ${counted(inputs.length, 'input')}, in no figure`);
    for (const { location, message } of inputs.slice(0, FAILURES))
      lines.push(`  ${oneLine(location)}: ${oneLine(message)}`);
    if (inputs.length > FAILURES) lines.push('  … more in summary.json');
  }
  if (unknown.files > 0)
    lines.push(
      `not scanned: ${counted(unknown.files, 'file')} of no known format, ${counted(unknown.bytes, 'byte')}`,
    );
  return lines;
}

// What was not tested is in no verdict, so it stands beside what was.
function coverageLines({ coverage, files }: ScanSummary): string[] {
  if (coverage === undefined)
    return ['  how much of the text was tested is not known: parts of an earlier release do not say'];
  const lines = [`  ${oneLine(coverageInWords(coverage))}`];
  if (coverage.emptyDocuments > 0)
    lines.push(`  ${counted(coverage.emptyDocuments, 'document has', 'documents have')} no text at all`);
  const low = files.filter((file) => (file.coverage?.share ?? 1) < coverage.share / 2);
  for (const { file, coverage: own } of low.slice(0, NAMED))
    if (own !== undefined) lines.push(`    ${oneLine(file)}: ${oneLine(coverageInWords(own))}`);
  return lines;
}

function decoyLines({ keys }: ScanSummary): string[] {
  return keys.flatMap(({ keyId, decoys }) => {
    if (decoys === undefined) return [];
    const alarm = decoys.alarm ? '; ALARM: decoys are too strong, rely on no p-value here' : '';
    return [
      `  key ${keyId} among ${counted(decoys.count, 'decoy')}: ${withCommas(decoys.atLeastAsStrong)} at least as strong${alarm}`,
    ];
  });
}

function documentLines({ detected, contents, falseDiscoveryRate, share, top }: ScanSummary): string[] {
  const about = contents.sampleShare < 1 ? 'about ' : '';
  return [
    `documents: ${withCommas(detected)} detected at a false discovery rate of ${plain(falseDiscoveryRate)}, ${about}${counted(contents.detected, 'different text')} among them`,
    share.documents === 0
      ? '  visibly marked: no document is long enough to tell'
      : `  visibly marked: ${percent(share.estimate)} of ${counted(share.documents, 'different text')} long enough, copies counted once; 95 % interval ${percent(share.low)} to ${percent(share.high)}; shorter marked documents go unseen`,
    ...top
      .slice(0, TOP)
      .map(
        (listed) =>
          `  ${oneLine(listed.id)} (${placeOf(listed)}${listed.answer === undefined ? '' : `, ${oneLine(listed.answer)}`}): q = ${formatPValue(listed.log10QValue)}`,
      ),
  ];
}

function accountLines({ accounts = [] }: ScanSummary): string[] {
  return accounts.flatMap(({ keyId, named, documents, left, accounts: listed, issued, alpha }) => {
    const key = accounts.length > 1 ? ` under key ${keyId}` : '';
    const untraced = left > 0 ? ` (${withCommas(left)} more were not traced)` : '';
    const on =
      documents === 0
        ? ': there is no detected document to trace'
        : `, on ${counted(documents, 'detected document')}${untraced}`;
    return [
      `accounts: ${named.length} of ${withCommas(listed)} named${key} at level ${plain(alpha)} for ${withCommas(issued)} issued${on}`,
      ...named
        .slice(0, NAMED)
        .map(({ account, log10PValue }) => `  ${oneLine(account)}: p = ${formatPValue(log10PValue)}`),
      ...(named.length > NAMED ? [`  … and ${withCommas(named.length - NAMED)} more`] : []),
    ];
  });
}

function leadLines({ duplicates, leads, conclusive }: ScanSummary): string[] {
  const near =
    conclusive === 0
      ? ''
      : `; at least ${percent(duplicates.nearShare)} of those long enough repeat most of an earlier one`;
  const makers = new Map<string, number>();
  for (const { assistant, claims } of leads.identity.claims) {
    makers.set(assistant, (makers.get(assistant) ?? 0) + claims);
  }
  const named = Array.from(makers, ([maker, claims]) => `${maker} ${withCommas(claims)}`);
  return [
    `repeats: ${counted(duplicates.exact, 'document is an exact copy of an earlier one', 'documents are exact copies of earlier ones')}${near}`,
    `leads, not evidence: ${counted(leads.identity.documentsWithClaim, 'document claims', 'documents claim')} to be an assistant's${named.length === 0 ? '' : `: ${named.join(', ')}`}`,
  ];
}

function placeOf({ file, line, record }: { file: string; line?: number; record: number }): string {
  return `${oneLine(file)}, ${line === undefined ? `record ${record + 1}` : `line ${line}`}`;
}

/** Writes a level as it was given: `1e-6`, `0.001`. */
function plain(level: number): string {
  return level < 1e-3 ? String(level.toExponential()) : String(level);
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
