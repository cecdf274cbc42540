/** The tables of docs/radioactivity.md and docs/statistics.md, section 19.6: every figure is from the results. */
import { markdownTable } from '@countermark/bench/docs/generated-block';
import { clopperPearson } from '@countermark/detector/stats';
import { ONE_SHARE } from './lessons.ts';
import { MAIN_MARK } from './marks.ts';
import { FEWER_PROBES, PROBES, type Probe, type Weights } from './probe.ts';
import type { AuditRow, Results } from './results.ts';
import { targetTable } from './targets.ts';

const DEPTHS: Readonly<Record<Probe['depth'], string>> = {
  answers: 'answers',
  served: 'reads served answers',
  unseen: 'reads others',
};

const WEIGHTS: Readonly<Record<Weights, string>> = {
  drawn: 'token drawn',
  top: 'likeliest token',
  five: '5 probabilities',
  twenty: '20 probabilities',
  'five-less': '5, less reference',
  'twenty-less': '20, less reference',
};

const COLUMNS: readonly (readonly Weights[])[] = [
  ['drawn', 'top'],
  ['five'],
  ['twenty'],
  ['five-less'],
  ['twenty-less'],
];

/** Makes the tables, by name of their block. */
export function tablesOf(results: Results): Readonly<Record<string, string>> {
  const { rows } = results;
  const main = MAIN_MARK.name;
  const usual = (kind: AuditRow['kind'], variant: string): AuditRow[] =>
    rows.filter((row) => row.kind === kind && row.mark === main && row.variant === variant);
  const neural = rows.filter(({ kind }) => kind === 'neural');
  const others = rows.filter(
    ({ kind, variant, mark }) => kind === 'n-gram' && variant === '' && mark !== main,
  );
  const variants = rows.filter(({ kind, variant }) => kind === 'n-gram' && variant !== '');
  return {
    'distillation-setup': setupOf(results),
    'distillation-shares': shareTable(usual('n-gram', '')),
    'distillation-tokens': tokenTable(usual('n-gram', '')),
    'distillation-marks': studentTable(others),
    'distillation-variants': studentTable(variants),
    'distillation-neural': neural.length === 0 ? NOT_RUN : shareTable(usual('neural', 'fine-tuned')),
    'distillation-neural-tokens': neural.length === 0 ? NOT_RUN : tokenTable(usual('neural', 'fine-tuned')),
    'distillation-neural-curve': neural.length === 0 ? NOT_RUN : curveTable(usual('neural', 'fine-tuned')),
    'distillation-neural-others':
      neural.length === 0
        ? NOT_RUN
        : studentTable(neural.filter(({ mark, variant }) => mark !== main || variant !== 'fine-tuned')),
    'distillation-groups': groupTable(results),
    'distillation-diversity': diversityTable(results),
    'distillation-targets': targetTable(rows),
  };
}

/** The table of innocents, a block of docs/statistics.md. */
export function innocentsTable({ reliability }: Results): string {
  if (reliability.length === 0) return NOT_RUN;
  const levels = reliability[0]!.shares.map(({ level }) => level);
  return markdownTable(
    [
      'what counts',
      'audits',
      ...levels.map((level) => `p ≤ ${level}`),
      ...levels.map((level) => `e ever ≥ ${1 / level}`),
    ],
    reliability.map((row) => [
      probeName(row),
      String(row.audits),
      ...row.shares.map(({ p }) => `${p} (${intervalOf(p, row.audits)})`),
      ...row.shares.map(({ e }) => String(e)),
    ]),
  );
}

/** The interval of 95 % for a share of audits. */
function intervalOf(share: number, audits: number): string {
  const { low, high } = clopperPearson(audits, Math.round(share * audits));
  return `${low.toFixed(3)}–${high.toFixed(3)}`;
}

const LOOKS: readonly number[] = [1024, 4096, 16_384, 65_536];

const NOT_RUN = 'Not run yet.';

function setupOf({ setup: { answers, tokens, asked, askedNeural }, rows }: Results): string {
  const neural = rows.some(({ kind }) => kind === 'neural');
  return `Students are trained on ${number(answers)} answers of ${tokens} tokens, ${number(answers * tokens)} tokens in all; those of n-grams are asked for ${number(asked)} answers${
    neural ? `, neural ones for ${number(askedNeural)}` : ''
  }. Up to ${Math.max(0, ...rows.map(({ decoys }) => decoys))} decoy keys stand beside the audits of students of 5 %.`;
}

/** log10 p for each way to audit and each share. */
function shareTable(rows: readonly AuditRow[]): string {
  const shares = [...new Set(rows.map(({ share }) => share))].sort((a, b) => a - b);
  const head = [
    'what is read, and what counts',
    ...shares.map((share) => percent(share)),
    'least of the decoys',
  ];
  return markdownTable(
    head,
    PROBES.flatMap((probe) => {
      const own = rows.filter((row) => isSame(row, probe));
      if (own.length === 0) return [];
      const cells = shares.map((share) => own.find((row) => row.share === share)).map(pCell);
      return [[probeName(probe), ...cells, leastOf(own)]];
    }),
  );
}

/** Tokens, and contexts that counted, from which on p stays below 1e-5, with 5 % marked. */
function tokenTable(rows: readonly AuditRow[]): string {
  const own = rows.filter(({ share }) => share === ONE_SHARE);
  const places = PROBES.map(({ depth, filter }) => ({ depth, filter })).filter(
    (place, i, all) =>
      all.findIndex((each) => each.depth === place.depth && each.filter === place.filter) === i,
  );
  return markdownTable(
    ['what is read', 'token drawn, or likeliest', ...COLUMNS.slice(1).map(([weights]) => WEIGHTS[weights!])],
    places.map(({ depth, filter }) => [
      placeName({ depth, filter }),
      ...COLUMNS.map((weights) => {
        const row = own.find(
          (each) => each.depth === depth && each.filter === filter && weights.includes(each.weights),
        );
        if (row === undefined) return '';
        if (row.tokensToFind === null) return `not in ${number(row.tokens)}`;
        const contexts = row.contextsToFind === null ? '' : ` (${number(row.contextsToFind)})`;
        return number(row.tokensToFind) + contexts;
      }),
    ]),
  );
}

/** log10 p after so many tokens, with 5 % marked. */
function curveTable(rows: readonly AuditRow[]): string {
  const own = rows.filter(({ share }) => share === ONE_SHARE);
  const lookAt = (row: AuditRow | undefined, tokens: number): string => {
    const point = row?.points.findLast((each) => each.tokens <= tokens);
    // A text that ended long before says nothing of so many tokens.
    return point === undefined || point.tokens < tokens / 2 ? '' : pText(point.log10PValue);
  };
  return markdownTable(
    ['what is read, and what counts', ...LOOKS.map((tokens) => `${number(tokens)} tokens`)],
    PROBES.flatMap((probe) => {
      const row = own.find((each) => isSame(each, probe));
      return row === undefined ? [] : [[probeName(probe), ...LOOKS.map((tokens) => lookAt(row, tokens))]];
    }),
  );
}

/** A line for each student, log10 p for each of the fewer ways. */
function studentTable(rows: readonly AuditRow[]): string {
  if (rows.length === 0) return NOT_RUN;
  const shown = [...FEWER_PROBES, ...PROBES].filter(
    (probe, i, all) =>
      rows.some((row) => isSame(row, probe)) && all.findIndex((each) => isSame(each, probe)) === i,
  );
  const names = [...new Set(rows.map(studentName))];
  return markdownTable(
    ['student', ...shown.map(probeName), 'least of the decoys'],
    names.map((name) => {
      const own = rows.filter((row) => studentName(row) === name);
      return [name, ...shown.map((probe) => pCell(own.find((row) => isSame(row, probe)))), leastOf(own)];
    }),
  );
}

function groupTable({ groups }: Results): string {
  if (groups.length === 0) return NOT_RUN;
  return markdownTable(
    ['trained on answers of', 'what counts', 'all served contexts', 'that group', 'strongest other', 'named'],
    groups.map(({ guilty, weights, log10PValue, log10Guilty, log10Others, named }) => [
      guilty ?? 'nobody',
      WEIGHTS[weights],
      pText(log10PValue),
      log10Guilty === null ? '' : pText(log10Guilty),
      pText(log10Others),
      named.join(', ') || 'nobody',
    ]),
  );
}

function diversityTable({ diversity }: Results): string {
  return markdownTable(
    ['who wrote', 'different 1-, 2-, 3-, 4-grams', 'bits a token', 'overlap of answers', 'compression'],
    diversity.map(({ generation, distinct, tokenBits, overlap, compression }) => [
      generation,
      distinct.map((share) => percent(share, 1)).join(', '),
      tokenBits.toFixed(2),
      percent(overlap, 2),
      compression === null ? '' : compression.toFixed(2),
    ]),
  );
}

function isSame(row: Probe, { depth, weights, filter }: Probe): boolean {
  return row.depth === depth && row.weights === weights && row.filter === filter;
}

function placeName({ depth, filter }: Pick<Probe, 'depth' | 'filter'>): string {
  return `${DEPTHS[depth]}${filter ? ', served contexts' : ''}`;
}

function probeName(probe: Probe): string {
  return `${placeName(probe)}: ${WEIGHTS[probe.weights]}`;
}

function studentName({ mark, share, variant }: AuditRow): string {
  return `\`${mark}\`, ${percent(share)}${variant === '' ? '' : `, ${variant}`}`;
}

function pCell(row: AuditRow | undefined): string {
  return row === undefined ? '' : pText(row.log10PValue);
}

function pText(log10PValue: number): string {
  const text = tenths(log10PValue);
  return log10PValue <= -5 ? `**${text}**` : text;
}

function leastOf(rows: readonly AuditRow[]): string {
  const all = rows.flatMap(({ leastOfDecoys }) => leastOfDecoys ?? []);
  return all.length === 0 ? '' : tenths(Math.min(...all));
}

function tenths(value: number): string {
  // Without a negative zero.
  return (Math.round(10 * value) / 10 + 0).toFixed(1).replace('-', '−');
}

function percent(share: number, digits: number = 0): string {
  return `${(100 * share).toFixed(digits)} %`;
}

function number(count: number): string {
  return count.toLocaleString('en');
}
