import {
  type Cell,
  curveSvg,
  dataTable,
  escapeName,
  factList,
  formatLevel,
  formatPValue,
} from '@countermark/report';
import type { AccountTrace, TracedAccount } from '../trace/account-trace.ts';
import { decoyAlarm, decoysInWords } from './decoys-in-words.ts';
import type { EvidencePoint } from './evidence-curve.ts';
import { normalizationInWords } from './normalization-in-words.ts';
import { traceCorrections, traceSentence } from './trace-sentence.ts';

/** Rows of a table of accounts; a large corpus may name thousands. */
const ACCOUNT_ROWS = 1000;

/** What is drawn of one named account. */
export interface AccountFigure {
  readonly account: string;
  /** Its corrected p-value against tokens read. */
  readonly curve: readonly EvidencePoint[];
  /** The heat map under its code, in HTML; absent for all texts as one. */
  readonly heat?: string;
}

/** A text as a section draws it. */
export interface TraceSection {
  /** What people call it. */
  readonly name: string;
  readonly trace: AccountTrace;
  readonly figures: readonly AccountFigure[];
}

/** Renders which accounts one text names. */
export function traceSection({ name, trace, figures }: TraceSection): string {
  return `<section class="document">
<h2 dir="auto">${escapeName(name)}</h2>
<p class="verdict ${trace.verdict}">${traceSentence(trace)}</p>
${decoyAlarm(trace.decoys, trace.keyId)}${facts(trace)}${accountTable(trace)}${figures.map((figure) => accountFigure(figure, trace)).join('')}${notDrawn(trace, figures)}</section>
`;
}

function facts(trace: AccountTrace): string {
  return factList([
    ['level', `${formatLevel(trace.alpha)}: probability of naming any innocent account`],
    ['corrected for', traceCorrections(trace)],
    ['accounts', `${trace.accounts} compared, ${trace.issued} issued`],
    ...(trace.scope === 'pooled' ? [['texts', `${trace.documents} as one`] as const] : []),
    ['scored tokens', `${trace.scored} of ${trace.total}, at ${trace.codePositions} code positions`],
    [
      'not scored',
      `${trace.otherSlots} in other slots, ${trace.duplicates} repeated, ${trace.withoutContext} without a context`,
    ],
    ...(trace.weights === undefined ? [] : [['weighed by', `${trace.weights} probabilities`] as const]),
    ...(trace.decoys === undefined ? [] : [['rank among decoys', decoysInWords(trace.decoys)] as const]),
    ...(trace.scope === 'pooled'
      ? []
      : [['normalisation', normalizationInWords(trace.normalization)] as const]),
    ['key id', trace.keyId],
    ['parameters', trace.params],
  ]);
}

// The named accounts, and those of the largest sums beside them that were asked for.
function accountTable({ named, top }: AccountTrace): string {
  const isNamed = new Set(named.map(({ account }) => account));
  const others = top.filter(({ account }) => !isNamed.has(account));
  const rows = [
    ...named.map((account) => accountRow(account, 'named')),
    ...others.map((account) => accountRow(account, 'not named')),
  ];
  if (rows.length === 0) return '';
  return dataTable({
    caption: 'Accounts, by their evidence. An account that is not named is not cleared.',
    headings: ['account', 'verdict', 'p-value', 'before correction', 'z'],
    rows: rows.slice(0, ACCOUNT_ROWS),
    left: Math.max(0, rows.length - ACCOUNT_ROWS),
  });
}

function accountRow(
  { account, log10PValue, log10RawPValue, zScore }: TracedAccount,
  verdict: string,
): Cell[] {
  return [
    { html: `<span class="name" dir="auto">${escapeName(account)}</span>` },
    { html: verdict },
    { text: formatPValue(log10PValue), value: log10PValue },
    { text: formatPValue(log10RawPValue), value: log10RawPValue },
    { text: zScore.toFixed(2), value: zScore },
  ];
}

function accountFigure({ account, curve, heat }: AccountFigure, { alpha }: AccountTrace): string {
  return `<h3>Evidence for <span class="name" dir="auto">${escapeName(account)}</span></h3>
${curveSvg(curve, { alpha })}<p class="note">This account’s p-value given the first tokens, corrected as the last one is. Only its end is the test: stopping where it happens to be lowest is no valid rule.</p>
${heat === undefined ? '<p class="note">Its tokens are drawn with the texts that name it by themselves.</p>\n' : heat}`;
}

function notDrawn({ named }: AccountTrace, figures: readonly AccountFigure[]): string {
  const left = named.length - figures.length;
  return left > 0 ? `<p class="note">${left} named accounts are not drawn.</p>\n` : '';
}
