import { markdownTable, writeBlocks } from '../docs/generated-block.ts';
import type { Share } from './levels.ts';
import { NULLS } from './nulls.ts';
import type { RareShare } from './rare-level.ts';
import type { Row } from './results.ts';

const HEAD = [
  'mark',
  'text',
  'draws',
  'P(p ≤ 0.05)',
  'P(p ≤ 0.01)',
  'P(p ≤ 0.001)',
  'P(p ≤ 1e-6)',
  'smallest p',
];
// A row for each adversary is in the result file; the page has the strongest against each setting.
const CHOSEN = 'chosen: ';

/** Writes the table of docs/statistics.md, section 18.6. */
export function writeTable(rows: readonly Row[]): void {
  const shown = rows.filter((row) => row.null !== 'chosen' || isStrongest(row, rows));
  writeBlocks('statistics.md', { 'foreign-calibration': markdownTable(HEAD, sorted(shown).map(cellsOf)) });
}

// By mark and settings as they first came, then from natural text to chosen.
function sorted(rows: readonly Row[]): Row[] {
  const profiles = rows.map(({ profile }) => profile);
  const settings = rows.map(({ profile, variant }) => `${profile}, ${variant}`);
  const placeOf = (row: Row): number[] => [
    profiles.indexOf(row.profile),
    settings.indexOf(`${row.profile}, ${row.variant}`),
    NULLS.indexOf(row.null),
  ];
  return [...rows].sort((a, b) => {
    const [first, second] = [placeOf(a), placeOf(b)];
    return first.reduce((order, place, i) => order || place - (second[i] ?? 0), 0);
  });
}

function isStrongest(row: Row, rows: readonly Row[]): boolean {
  const rivals = rows.filter(
    (each) => each.null === 'chosen' && each.profile === row.profile && each.variant === row.variant,
  );
  const strength = ({ shares }: Row): number =>
    shares.reduce((sum, { share, level }) => sum + share / level, 0);
  return row === rivals.reduce((best, each) => (strength(each) > strength(best) ? each : best), row);
}

function cellsOf(row: Row): string[] {
  const [often, seldom, rarely, counted] = row.shares;
  return [
    `\`${row.profile}\`, ${row.variant}`,
    row.null === 'chosen' ? `${CHOSEN}${row.text}` : row.text,
    row.draws.toLocaleString('en'),
    ...[often, seldom, rarely].map((share) => (share === undefined ? '' : shareCell(share))),
    row.rare === undefined ? (counted === undefined ? '' : shareCell(counted)) : rareCell(row.rare),
    `10^${row.smallestLog10PValue.toFixed(1)}`,
  ];
}

function shareCell({ share, standardError, exceeds }: Share): string {
  const text = share === 0 ? '0' : `${share.toPrecision(3)} ± ${standardError.toPrecision(1)}`;
  return exceeds ? `**${text}**` : text;
}

// One in a million estimates of a true share of the level exceeds it by 4.9 of its standard errors.
function rareCell({ share, level, relativeError }: RareShare): string {
  const text = `${share.toExponential(1)} ± ${(100 * relativeError).toFixed(0)} %`;
  return share * (1 - 4.9 * relativeError) > level ? `**${text}**` : text;
}
