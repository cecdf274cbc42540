/** What was aimed at before anything was measured, beside what the laboratory's students gave. */
import { markdownTable } from '@countermark/bench/docs/generated-block';
import { ONE_SHARE } from './lessons.ts';
import { MAIN_MARK } from './marks.ts';
import type { Probe } from './probe.ts';
import type { AuditRow } from './results.ts';

interface Found {
  readonly text: string;
  readonly isMet: boolean;
}

interface Target {
  readonly what: string;
  readonly wanted: string;
  /** Undefined where no student of the kind was audited so. */
  readonly find: (rows: readonly AuditRow[]) => Found | undefined;
}

const WIDE = 'gumbel-h4';
const SERVED = { depth: 'served', filter: false } as const;
const UNSEEN = { depth: 'unseen', filter: false } as const;
const FILTERED = { depth: 'answers', filter: true } as const;

const TARGETS: readonly Target[] = [
  within('reads served answers, 5 %', 2000, { ...SERVED, weights: 'twenty' }),
  within('the same, less the reference', 800, { ...SERVED, weights: 'twenty-less' }),
  within('the same with contexts of four', 5000, { ...SERVED, weights: 'twenty' }, WIDE),
  within('the same, less the reference', 2000, { ...SERVED, weights: 'twenty-less' }, WIDE),
  within('reads marked answers that nobody trained on, 5 %', 20_000, { ...UNSEEN, weights: 'twenty' }),
  within('the same, less the reference', 6000, { ...UNSEEN, weights: 'twenty-less' }),
  atMost('answers, served contexts, 5 %: tokens drawn', '1e-10 in 2,000,000 tokens', ONE_SHARE, -10, {
    ...FILTERED,
    weights: 'drawn',
  }),
  atMost('the same with 5 probabilities', '1e-30 in 2,000,000 tokens', ONE_SHARE, -30, {
    ...FILTERED,
    weights: 'five',
  }),
  atMost('answers, served contexts, 1 %: 5 probabilities', '0.01 in 1,000,000 tokens', 0.01, -2, {
    ...FILTERED,
    weights: 'five',
  }),
  fewer('probabilities against tokens drawn, served contexts, 5 %', 4, { ...FILTERED, weights: 'twenty' }),
  fewer('the same, less the reference', 10, { ...FILTERED, weights: 'twenty-less' }),
];

/** Makes the table. */
export function targetTable(rows: readonly AuditRow[]): string {
  const ofKind = (kind: AuditRow['kind'], variant: string): AuditRow[] =>
    rows.filter((row) => row.kind === kind && row.variant === variant);
  const kinds = [ofKind('neural', 'fine-tuned'), ofKind('n-gram', '')];
  return markdownTable(
    ['access', 'aimed at', 'neural student', 'student of n-grams'],
    TARGETS.map(({ what, wanted, find }) => [
      what,
      wanted,
      ...kinds.map((own) => {
        const found = find(own);
        return found === undefined ? 'not run' : `${found.text}: ${found.isMet ? 'met' : '**missed**'}`;
      }),
    ]),
  );
}

function within(what: string, tokens: number, probe: Probe, mark: string = MAIN_MARK.name): Target {
  return {
    what,
    wanted: `p < 1e-5 in ${tokens.toLocaleString('en')}`,
    find: (rows) => {
      const row = rowOf(rows, probe, ONE_SHARE, mark);
      if (row === undefined) return undefined;
      const { tokensToFind } = row;
      const isMet = tokensToFind !== null && tokensToFind <= tokens;
      return {
        text: tokensToFind === null ? `not in ${numberOf(row.tokens)}` : numberOf(tokensToFind),
        isMet,
      };
    },
  };
}

function atMost(what: string, level: string, share: number, log10Level: number, probe: Probe): Target {
  return {
    what,
    wanted: `p ≤ ${level}`,
    find: (rows) => {
      const row = rowOf(rows, probe, share);
      if (row === undefined) return undefined;
      const text = `10^${row.log10PValue.toFixed(1).replace('-', '−')} in ${numberOf(row.tokens)}`;
      return { text, isMet: row.log10PValue <= log10Level };
    },
  };
}

function fewer(what: string, times: number, probe: Probe): Target {
  return {
    what,
    wanted: `${times} times fewer tokens`,
    find: (rows) => {
      const [drawn, soft] = [{ ...probe, weights: 'drawn' } as const, probe].map((each) =>
        rowOf(rows, each, ONE_SHARE),
      );
      if (drawn === undefined || soft === undefined) return undefined;
      if (soft.tokensToFind === null) return { text: 'not found', isMet: false };
      const ratio = (drawn.tokensToFind ?? drawn.tokens) / soft.tokensToFind;
      return {
        text: `${drawn.tokensToFind === null ? 'over ' : ''}${ratio.toFixed(1)}`,
        isMet: ratio >= times,
      };
    },
  };
}

function rowOf(
  rows: readonly AuditRow[],
  { depth, weights, filter }: Probe,
  share: number,
  mark: string = MAIN_MARK.name,
): AuditRow | undefined {
  return rows.find(
    (row) =>
      row.mark === mark &&
      row.share === share &&
      row.depth === depth &&
      row.weights === weights &&
      row.filter === filter,
  );
}

function numberOf(count: number): string {
  return count.toLocaleString('en');
}
