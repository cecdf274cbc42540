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
import type { AccountTrace, AccountTraces } from '../trace/account-trace.ts';
import type { AccountTracer } from '../trace/account-tracer.ts';
import { heatMap } from './heat-map.ts';
import { type TokenPiece, tokenPieces } from './token-pieces.ts';
import { type AccountFigure, traceSection } from './trace-section.ts';

/** Points of a curve after its first: each is an exact test, and takes milliseconds. */
const CURVE_POINTS = 20;
/** Accounts drawn for one text. */
const TEXT_FIGURES = 5;
/** Accounts drawn on a page, counted once for each text: some seconds. */
const PAGE_FIGURES = 12;

const POOL_NAME = 'All texts as one';

const INTRODUCTION = `<p>Null hypothesis, for each account: its code had no influence on the text. A p-value is the probability, given
the text, that a code which nobody chose scores at least as much; it is an exact tail, corrected for every account issued. The
level bounds the probability that <em>any</em> account is named for which the null hypothesis is true: for every text, mixed or
edited by anyone.</p>`;

const LIMITS = `<p>A named account is not shown to have sent the text, only its answers to be in it: whoever has its answers can publish
them, and whoever has studied enough of them may imitate their mark. Nor is all of the text shown to be its.</p>
<p>An account that is not named is not cleared, and no name is no evidence that a person wrote the text. A text that was chosen
because it names an account, among many that were tried, has to be corrected for all of them.</p>`;

/** A text of the report. */
interface Text {
  readonly name: string;
  readonly trace: AccountTrace;
  readonly at: number | 'pooled';
}

/**
 * Renders what a tracer found as one self-contained HTML page. It loads nothing, and its only script sorts tables.
 *
 * For the accounts with the strongest evidence it draws how that grew with the tokens read and, for each text by itself, which
 * tokens it comes from. The size of the page is bounded, and it says what it leaves out. Ids are those of named accounts and of
 * `top`; codes are not shown.
 *
 * @param tracer  an open one that keeps its documents, with those of `traces` and no other.
 * @param traces  from its `trace`.
 * @param names   what people call the documents, `[documents]`: file names.
 * @param options see {@link HtmlReportOptions}.
 * @throws {RangeError} if the tracer does not keep its documents, or there are not as many names as documents.
 */
export function htmlTraceReport(
  tracer: AccountTracer,
  { documents, pooled }: AccountTraces,
  names: readonly string[],
  options: HtmlReportOptions = {},
): string {
  if (names.length !== documents.length) {
    throw new RangeError(
      `"names" expected one for each of ${documents.length} documents, got ${names.length}`,
    );
  }
  const texts: Text[] = documents.map((trace, at) => ({ name: names[at]!, trace, at }));
  if (pooled !== undefined) texts.push({ name: POOL_NAME, trace: pooled, at: 'pooled' });
  return htmlPage({
    title: 'Account report',
    ...options,
    introduction: INTRODUCTION,
    sections: `${texts.length > 1 ? summary(texts) : ''}${sections(tracer, texts)}`,
    limits: LIMITS,
  });
}

// Where not every text can be shown, the pool comes first, and then those that name somebody.
function rankOf({ at, trace }: Text): number {
  if (at === 'pooled') return 0;
  return trace.verdict === 'named' ? 1 : 2;
}

function sections(tracer: AccountTracer, texts: readonly Text[]): string {
  const shown = takeFirst(texts, rankOf, PAGE_SECTIONS);
  const figures = figuresOf(tracer, byRank(shown, rankOf));
  const html = shown.map((text) => traceSection({ ...text, figures: figures.get(text) ?? [] }));
  const left = texts.length - shown.length;
  if (left > 0) html.push(`<p class="note">${left} more texts were traced and have no section here.</p>\n`);
  return html.join('');
}

// The strongest account of each text comes before the second of any.
function figuresOf(tracer: AccountTracer, texts: readonly Text[]): Map<Text, AccountFigure[]> {
  const ranked = texts.flatMap((text) =>
    text.trace.named.slice(0, TEXT_FIGURES).map(({ account }, rank) => ({ text, account, rank })),
  );
  const chosen = byRank(ranked, ({ rank }) => rank).slice(0, PAGE_FIGURES);
  const shares = shareTokens(chosen.map(({ text }) => (text.at === 'pooled' ? 0 : text.trace.total)));
  const figures = new Map<Text, AccountFigure[]>();
  for (const text of new Set(chosen.map((figure) => figure.text))) {
    const own = chosen.flatMap((figure, i) =>
      figure.text === text ? [{ account: figure.account, drawn: shares[i]! }] : [],
    );
    figures.set(text, drawText(tracer, text, own));
  }
  return figures;
}

function drawText(
  tracer: AccountTracer,
  { at, trace }: Text,
  wanted: readonly { readonly account: string; readonly drawn: number }[],
): AccountFigure[] {
  const log10Tests = Math.log10(trace.tests);
  const growth = tracer.growth(
    at,
    wanted.map(({ account }) => account),
    CURVE_POINTS,
  );
  let pieces: TokenPiece[] | undefined;
  return wanted.map(({ account, drawn }, i) => {
    // As for the whole text.
    const curve = growth[i]!.map(({ tokens, log10RawPValue }) => ({
      tokens,
      log10PValue: Math.min(0, log10RawPValue + log10Tests),
    }));
    if (at === 'pooled') return { account, curve };
    const tokens = tracer.tokens(at, account);
    // The first account has the largest share.
    pieces ??= tokenPieces(tokens, drawn);
    return {
      account,
      curve,
      heat: heatMap(
        tokens,
        pieces.filter(({ first }) => first < drawn),
      ),
    };
  });
}

function summary(texts: readonly Text[]): string {
  const shown = takeFirst(texts, rankOf, TABLE_ROWS);
  return dataTable({
    caption: 'Texts',
    headings: ['text', 'verdict', 'accounts named', 'smallest p-value', 'scored'],
    left: texts.length - shown.length,
    rows: shown.map(({ name, trace }): Cell[] => [
      { html: `<span class="name" dir="auto">${escapeName(name)}</span>` },
      { html: trace.verdict },
      { text: String(trace.named.length), value: trace.named.length },
      trace.verdict === 'inconclusive'
        ? { text: '', value: Infinity }
        : { text: formatPValue(trace.log10PValue), value: trace.log10PValue },
      { text: String(trace.scored), value: trace.scored },
    ]),
  });
}
