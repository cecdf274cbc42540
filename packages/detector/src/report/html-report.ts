import {
  byRank,
  type Cell,
  dataTable,
  escapeName,
  formatPValue,
  type HtmlReportOptions,
  htmlPage,
  PAGE_SECTIONS,
  shareTokens,
  TABLE_ROWS,
  takeFirst,
} from '@countermark/report';
import type { Detection } from '../detect/detection.ts';
import type { ReportedDetection } from '../detect/detector.ts';
import { detectionSection } from './detection-section.ts';

/** One document of a report. */
export interface ReportDocument {
  /** What people call it: a file name. */
  readonly name: string;
  /** The document's tokens and its detection before any correction over documents. */
  readonly traced: ReportedDetection;
  /** Its final detection, from `correctDocuments`. */
  readonly detection: Detection;
}

const INTRODUCTION = `<p>Null hypothesis: the document was produced without access to the key. A p-value is the probability, if
that is true, of a statistic at least as large as the one observed; it is an exact tail, not an approximation.</p>`;

const LIMITS = `<p>A detection is evidence that text was produced with the key, by whoever had access to a model marked with it. It
does not say who wrote or asked for it. A text that was chosen because a mark was found in it, among many that were tried, has
to be corrected for all of them.</p>
<p>No detection is no evidence that a person wrote the text: other models, other keys, short texts, edits and paraphrases carry
no mark or a weaker one.</p>`;

/**
 * Renders detections as one self-contained HTML page. It loads nothing, and its only script sorts tables.
 *
 * The size of the page is bounded: it draws the documents that matter most, and says which it does not.
 *
 * @param documents in the order to show.
 * @param options   see {@link HtmlReportOptions}.
 */
export function htmlReport(documents: readonly ReportDocument[], options: HtmlReportOptions = {}): string {
  return htmlPage({
    title: 'Watermark report',
    ...options,
    introduction: INTRODUCTION,
    sections: `${documents.length > 1 ? summary(documents) : ''}${sections(documents)}`,
    limits: LIMITS,
  });
}

// Where not everything can be shown, what was detected comes first.
function rankOf({ detection }: ReportDocument): number {
  return detection.verdict === 'detected' ? 0 : 1;
}

function sections(documents: readonly ReportDocument[]): string {
  const shown = takeFirst(documents, rankOf, PAGE_SECTIONS);
  const ranked = byRank(shown, rankOf);
  const shares = shareTokens(ranked.map(({ traced }) => traced.tokenIds.length));
  const drawn = new Map(ranked.map((document, i) => [document, shares[i]!]));
  const html = shown.map((document) => {
    const { name, traced, detection } = document;
    return detectionSection({ name, trace: traced, detection, drawn: drawn.get(document)! });
  });
  const left = documents.length - shown.length;
  if (left > 0)
    html.push(`<p class="note">${left} more documents were tested and have no section here.</p>\n`);
  return html.join('');
}

function summary(documents: readonly ReportDocument[]): string {
  const shown = takeFirst(documents, rankOf, TABLE_ROWS);
  const hasQ = documents.some(({ detection }) => detection.log10QValue !== undefined);
  return dataTable({
    caption: 'Documents',
    headings: ['document', 'verdict', 'p-value', ...(hasQ ? ['q-value'] : []), 'scored'],
    left: documents.length - shown.length,
    rows: shown.map(({ name, detection }): Cell[] => {
      const { verdict, log10PValue, log10QValue, scored } = detection;
      const q =
        log10QValue === undefined
          ? { text: '', value: Infinity }
          : { text: formatPValue(log10QValue), value: log10QValue };
      return [
        { html: `<span class="name" dir="auto">${escapeName(name)}</span>` },
        { html: verdict },
        { text: formatPValue(log10PValue), value: log10PValue },
        ...(hasQ ? [q] : []),
        { text: String(scored), value: scored },
      ];
    }),
  });
}
