import { correctionsInWords } from '@countermark/detector/report';
import { countOf, formatCount, formatLevel, formatPValue } from '@countermark/report';
import type { KeyResult, ScanSummary } from '../merge/scan-summary.ts';
import { coverageWarnings } from './coverage-section.ts';
import { shownName } from './shown-name.ts';

/**
 * Renders the verdict on the corpus, and whatever makes it less than that.
 *
 * @param tests what the hypothesis and p-values are, in HTML.
 */
export function verdictSection(summary: ScanSummary, tests: string): string {
  const alarms = summary.keys.filter(({ decoys }) => decoys?.alarm === true).length;
  const alarm =
    alarms === 0
      ? ''
      : `<p class="alarm">The decoys of ${countOf(alarms, 'key')} raise an alarm, so no p-value of this page can be relied on: see below.</p>\n`;
  return `<section>
<h2>Verdict</h2>
<p class="verdict ${summary.verdict}">${verdictSentence(summary)}</p>
${alarm}${warnings(summary)}${tests}
</section>
`;
}

// In one sentence: the null hypothesis, the level, the p-value and what it is corrected for.
function verdictSentence(summary: ScanSummary): string {
  const { verdict, keys, minTokens } = summary;
  const level = formatLevel(summary.alpha);
  const strongest = strongestOf(keys);
  const which = keys.length > 1 && strongest !== undefined ? `key ${shownName(strongest.keyId)}` : 'the key';
  const hypothesis = `the null hypothesis, that this corpus was produced without access to ${which}`;
  const value = evidenceInWords(summary, strongest);
  if (verdict === 'detected') return `Detected at level ${level}: ${hypothesis}, is rejected, with ${value}.`;
  if (verdict === 'not-detected') {
    return `Not detected at level ${level}: ${hypothesis}, is not rejected, with ${value}.`;
  }
  return `Inconclusive: ${hypothesis}, is not rejected at level ${level}, with ${value}, and there is too little text to say more: at least ${countOf(minTokens, 'scored token')} are needed under each key.`;
}

function evidenceInWords({ corrections }: ScanSummary, strongest: KeyResult | undefined): string {
  // Those over documents are of q-values, which decide on documents.
  const own = correctionsInWords(corrections.filter(({ over }) => over !== 'documents'));
  return `p = ${formatPValue(strongest?.log10PValue ?? 0)}, corrected for ${own}`;
}

function strongestOf(keys: readonly KeyResult[]): KeyResult | undefined {
  return keys.reduce<KeyResult | undefined>(
    (best, key) => (best === undefined || key.log10PValue < best.log10PValue ? key : best),
    undefined,
  );
}

// A result on less than the whole corpus must not pass for one on all of it.
function warnings(summary: ScanSummary): string {
  const { shards, failures, records } = summary;
  const found: string[] = [];
  if (failures.records > 0) {
    found.push(
      `${formatCount(failures.records)} of ${countOf(records, 'record')} could not be read and ${failures.records === 1 ? 'is' : 'are'} in none of the figures below: see the failures.`,
    );
  }
  found.push(...coverageWarnings(summary));
  if (shards.planned < shards.total) {
    found.push(
      `This is a sample: ${formatCount(shards.planned)} of ${countOf(shards.total, 'shard')} were to be scanned. The figures below are of these alone.`,
    );
  }
  if (shards.stopped) {
    found.push(
      `The scan stopped early, after ${formatCount(shards.scanned)} of ${countOf(shards.planned, 'shard')}, because the evidence sufficed. The verdict rests on running e-values, which hold wherever one stops. The q-values, the share and the decoys’ ranks are of the shards that were scanned, and of a moment that was chosen.`,
    );
  } else if (shards.scanned < shards.planned) {
    found.push(
      `${formatCount(shards.planned - shards.scanned)} of ${countOf(shards.planned, 'shard')} that were to be scanned ${shards.planned - shards.scanned === 1 ? 'is' : 'are'} missing.`,
    );
  }
  return found.map((text) => `<p class="alarm">Incomplete: ${text}</p>\n`).join('');
}
