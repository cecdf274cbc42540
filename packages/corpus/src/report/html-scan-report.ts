import { htmlPage } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { accountsSection } from './accounts-section.ts';
import { coverageSection } from './coverage-section.ts';
import { documentsSection, type ScanHeatMap } from './documents-section.ts';
import { duplicatesSection } from './duplicates-section.ts';
import { evidenceSection } from './evidence-section.ts';
import { failuresSection } from './failures-section.ts';
import { filesSection } from './files-section.ts';
import { groupsSection } from './groups-section.ts';
import { hintsSection } from './hints-section.ts';
import { histogramSection } from './histogram-section.ts';
import { inShortSection, originLines, type ReportOrigin, signSection } from './in-short-section.ts';
import { keysSection } from './keys-section.ts';
import { languagesSection } from './languages-section.ts';
import { COMMAND_LENGTH } from './page-rows.ts';
import { scannedSection } from './scanned-section.ts';
import { shareSection } from './share-section.ts';
import { unreadSection } from './unread-section.ts';
import { verdictSection } from './verdict-section.ts';

export type { ScanHeatMap } from './documents-section.ts';

/** What a report of a scan says beside its results. */
export interface ScanReportOptions extends ReportOrigin {
  /** The command that gives the same result again. */
  readonly command?: string;
  /** The command that made the plan. */
  readonly planCommand?: string;
}

const TESTS = `<p class="note">How to read this. For each key we suppose that nobody who wrote this corpus had it: that is the null hypothesis. The
p-value is the probability of evidence at least this strong if that is true. It is not the probability that it is true. The verdict
is “detected” where the p-value is at most the level, which was fixed before anybody looked. An e-value is evidence that may be looked at as often as one
likes: if the null hypothesis is true, it ever reaches 1/α with probability at most α.</p>`;

const LIMITS = `<p>A detection is evidence that text in the corpus was produced with the key, by whoever had access to a model marked with
it. It does not say who wrote, asked for or collected it, nor that any one document is marked unless that document is listed as
detected: and of those, up to a stated share is expected to be false.</p>
<p>No detection is no evidence that people wrote the corpus: other models, other keys, short texts, edits and paraphrases carry no
mark or a weaker one. The share of marked documents is of those that can be seen. A named account is not shown to have sent the
corpus, only its answers to be in it, and an account that is not named is not cleared.</p>
<p>A corpus that was chosen because a mark was found in it, among many that were tried, has to be corrected for all of them.
Records that could not be read, and shards that were not scanned, are in no figure.</p>`;

/**
 * Renders what a scan found as one self-contained HTML page. It loads nothing, and its only script sorts tables.
 *
 * Whatever comes from the corpus is escaped, and the size of the page is bounded: it says what it leaves out. The last of
 * `histogram.decades` is taken to reach down to p = 0.
 *
 * @param summary  the whole result.
 * @param heatMaps documents whose tokens are drawn, the most interesting first; the first 20 are.
 * @param options  see {@link ScanReportOptions}.
 */
export function htmlScanReport(
  summary: ScanSummary,
  heatMaps: readonly ScanHeatMap[],
  { command, planCommand, ...origin }: ScanReportOptions = {},
): string {
  return htmlPage({
    title: 'Corpus report',
    introduction: originLines(origin, summary),
    sections: [
      inShortSection(summary),
      verdictSection(summary, TESTS),
      unreadSection(summary),
      scannedSection(summary, planCommand === undefined ? undefined : bounded(planCommand)),
      coverageSection(summary),
      keysSection(summary),
      shareSection(summary),
      histogramSection(summary),
      evidenceSection(summary),
      documentsSection(summary, heatMaps),
      accountsSection(summary),
      languagesSection(summary),
      groupsSection(summary),
      filesSection(summary),
      duplicatesSection(summary),
      failuresSection(summary),
      hintsSection(summary),
      signSection(origin),
    ].join(''),
    limits: LIMITS,
    ...(command === undefined ? {} : { command: bounded(command) }),
  });
}

function bounded(command: string): string {
  return command.length <= COMMAND_LENGTH ? command : `${command.slice(0, COMMAND_LENGTH)} …`;
}
