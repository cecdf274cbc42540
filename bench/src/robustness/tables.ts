/** The tables of docs/robustness.md, in Markdown. */
import { clopperPearson } from '@countermark/detector/stats';
import type { Comparison, Estimate } from '@countermark/evaluation';
import { markdownTable } from '../docs/generated-block.ts';
import type { Condition, ResultRow, Results } from './results.ts';

const EDITS = ['delete', 'insert', 'substitute', 'swap', 'case', 'punctuation', 'truncate'];
const MIXES = ['mix', 'splice'];
const HIDDEN = ['homoglyph', 'homoglyph-other', 'zero-width'];
const WHOLE = ['round-trip', 'token-by-token', 'normalize'];

/** What strength counts, attack by attack. */
export function strengthLines({ units }: Results): string {
  return markdownTable(
    ['attack', 'strength is the share of'],
    [...EDITS, ...MIXES, ...HIDDEN].map((name) => [`\`${name}\``, units[name] ?? '']),
  );
}

/** What a rate of so many answers says about the probability behind it. */
export function intervalLines({ answers }: Results): string {
  const rows = [0, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 7 / 8, 1].map((share) => {
    const detected = Math.round(share * answers);
    const { low, high } = clopperPearson(answers, detected);
    // Outwards, so that the range shown holds the interval.
    return [
      `${detected} of ${answers}: ${percent(detected / answers)}`,
      `${(Math.floor(1000 * low) / 10).toFixed(1)} to ${(Math.ceil(1000 * high) / 10).toFixed(1)} %`,
    ];
  });
  return markdownTable(['detected', '95 % interval'], rows);
}

/** Answers as they were generated: by their ids, by their text, and with a search for parts. */
export function baselineTable({ conditions, answers }: Results): string {
  return markdownTable(
    ['scheme', 'sampling', 'scored', 'by ids', 'by text', 'by text, `--regions`', 'text gives the ids again'],
    conditions.map((condition) => [
      condition.scheme,
      condition.sampling,
      String(find(condition, 'none', 0, 'text').marked.medianScored),
      cell(find(condition, 'none', 0, 'ids')),
      cell(find(condition, 'none', 0, 'text')),
      cell(find(condition, 'none', 0, 'regions')),
      `${condition.canonical} of ${answers}`,
    ]),
  );
}

/** Edits, scheme by scheme. */
export function editsTable(results: Results, sampling: string): string {
  const conditions = conditionsOf(results, sampling);
  return markdownTable(
    ['attack', 'strength', ...conditions.map(({ scheme }) => scheme)],
    EDITS.flatMap((attack) =>
      strengthsOf(conditions, attack).map((strength) => [
        attack,
        strengthCell(conditions, attack, strength),
        ...conditions.map((condition) => cell(find(condition, attack, strength, 'text'))),
      ]),
    ),
  );
}

/** Mixtures, the whole document and its parts, scheme by scheme. */
export function mixingTable(results: Results, sampling: string): string {
  const conditions = conditionsOf(results, sampling);
  return markdownTable(
    [
      'attack',
      'unmarked share',
      ...conditions.flatMap(({ scheme }) => [`${scheme}, whole`, `${scheme}, \`--regions\``]),
    ],
    MIXES.flatMap((attack) =>
      strengthsOf(conditions, attack).map((strength) => [
        attack,
        percent(strength),
        ...conditions.flatMap((condition) => [
          cell(find(condition, attack, strength, 'text')),
          cell(find(condition, attack, strength, 'regions')),
        ]),
      ]),
    ),
  );
}

/** Hidden characters under the three normalizations, scheme by scheme. */
export function hiddenTable(results: Results, sampling: string): string {
  const conditions = conditionsOf(results, sampling);
  const readings = ['unnormalized', 'text', 'folded'] as const;
  return markdownTable(
    ['attack', 'strength', ...conditions.map(({ scheme }) => `${scheme}: none / default / folded`)],
    HIDDEN.flatMap((attack) =>
      strengthsOf(conditions, attack).map((strength) => [
        attack,
        percent(strength),
        ...conditions.map((condition) =>
          readings.map((reading) => rate(find(condition, attack, strength, reading))).join(' / '),
        ),
      ]),
    ),
  );
}

/** Changes to the whole text. */
export function wholeTextTable({ conditions, answers }: Results): string {
  return markdownTable(
    ['scheme', 'sampling', ...WHOLE.flatMap((name) => [`${name}: texts changed`, 'detected'])],
    conditions.map((condition) => [
      condition.scheme,
      condition.sampling,
      ...WHOLE.flatMap((attack) => {
        const row = find(condition, attack, 1, 'text');
        return [`${Math.round(row.touched * answers)} of ${answers}`, cell(row)];
      }),
    ]),
  );
}

/** The negative controls of all rows. */
export function controlsTable({ conditions, alpha }: Results): string {
  return markdownTable(
    ['scheme', 'sampling', 'control', 'tests', 'detected', 'expected at most', 'smallest log10 p'],
    conditions.flatMap(({ scheme, sampling, rows }) =>
      (['unmarked', 'wrongKey'] as const).map((control) => {
        const tests = rows.reduce((sum, row) => sum + row[control].documents, 0);
        return [
          scheme,
          sampling,
          control === 'unmarked' ? 'unmarked answers' : 'marked answers, wrong key',
          tests.toLocaleString('en'),
          String(rows.reduce((sum, row) => sum + row[control].detected, 0)),
          (tests * alpha).toFixed(4),
          log10(Math.min(...rows.map((row) => row[control].smallestLog10PValue))),
        ];
      }),
    ),
  );
}

/** Edits of marks with several context widths: of `gumbel`, the rate of detection and the median evidence. */
export function widthsTable({ widths }: Results): string {
  const samplings = [...new Set(widths.map(({ sampling }) => sampling))];
  const sizes = [...new Set(widths.map(({ contextWidth }) => contextWidth))];
  const attacks = [...new Map(widths.map((row) => [`${row.attack} ${row.strength}`, row])).values()];
  return markdownTable(
    ['sampling', 'attack', 'strength', ...sizes.map((size) => `width ${size}`)],
    samplings.flatMap((sampling) =>
      attacks.map(({ attack, strength }) => [
        ...[sampling, attack, percent(strength)],
        ...sizes.map((size) => {
          const row = widths.find(
            (each) =>
              each.sampling === sampling &&
              each.contextWidth === size &&
              each.attack === attack &&
              each.strength === strength,
          );
          if (row === undefined)
            throw new Error(`the results have no ${attack} of ${strength}, width ${size}`);
          return cell(row);
        }),
      ]),
    ),
  );
}

/** What the mark does to quality. */
export function qualityTable({ conditions }: Results): string {
  const named = (name: string, figure: (condition: Condition) => [string, string, string]): string[][] =>
    conditions.map((condition) => [name, condition.scheme, condition.sampling, ...figure(condition)]);
  const compared = (of: (condition: Condition) => Comparison) => (condition: Condition) => {
    const { marked, unmarked, difference } = of(condition);
    return [range(marked, 3), range(unmarked, 3), signed(difference)] as [string, string, string];
  };
  return markdownTable(
    ['measure', 'scheme', 'sampling', 'marked', 'unmarked', 'marked less unmarked'],
    [
      ...named('perplexity', ({ quality: { logPerplexity } }) => [
        range(exponential(logPerplexity.marked), 2),
        range(exponential(logPerplexity.unmarked), 2),
        `${range(exponential(logPerplexity.difference), 3)} times`,
      ]),
      ...[0, 1, 2, 3].flatMap((n) =>
        named(
          `distinct-${n + 1}`,
          compared(({ quality }) => quality.distinct[n]!),
        ),
      ),
      ...named(
        'overlap, 4-grams',
        compared(({ quality }) => quality.overlap),
      ),
    ],
  );
}

/** The conditions of one way to sample. */
export function conditionsOf({ conditions }: Results, sampling: string): Condition[] {
  return conditions.filter((condition) => condition.sampling === sampling);
}

/** The row of one attack at one strength, read in one way. */
export function find(
  { rows }: Condition,
  attack: string,
  strength: number,
  reading: ResultRow['reading'],
): ResultRow {
  const found = rows.find(
    (row) => row.attack === attack && row.strength === strength && row.reading === reading,
  );
  if (found === undefined) throw new Error(`the results have no ${attack} of ${strength} read as ${reading}`);
  return found;
}

function strengthsOf([condition]: readonly Condition[], attack: string): number[] {
  const rows = condition?.rows.filter((row) => row.attack === attack) ?? [];
  return [...new Set(rows.map(({ strength }) => strength))];
}

// Synonyms run out: the share that was reached is shown beside the one asked for.
function strengthCell(conditions: readonly Condition[], attack: string, strength: number): string {
  if (attack !== 'substitute') return percent(strength);
  const touched = conditions.map((condition) => find(condition, attack, strength, 'text').touched);
  return `${percent(strength)}, reached ${percent(touched.reduce((sum, x) => sum + x) / touched.length)}`;
}

function cell(row: ResultRow): string {
  return `${rate(row)} (${log10(row.marked.medianLog10PValue)})`;
}

function rate({ marked: { detected, documents } }: ResultRow): string {
  return percent(detected / documents);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

// Rounded up, so that the text never claims more than the number.
function log10(value: number): string {
  const rounded = Math.ceil(10 * value) / 10;
  return (rounded === 0 ? 0 : rounded).toFixed(1).replace('-', '−');
}

function range({ value, low, high }: Estimate, digits: number): string {
  return `${number(value, digits)} (${number(low, digits)} to ${number(high, digits)})`;
}

function signed({ value, low, high }: Estimate): string {
  return range({ value, low, high }, 3);
}

function number(value: number, digits: number): string {
  return value.toFixed(digits).replace('-', '−');
}

function exponential({ value, low, high }: Estimate): Estimate {
  return { value: Math.exp(value), low: Math.exp(low), high: Math.exp(high) };
}
