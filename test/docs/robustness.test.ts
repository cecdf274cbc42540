/** docs/robustness.md shows what bench/results/robustness.json holds, and nothing else. */
import { readFileSync } from 'node:fs';
import { clopperPearson } from '@countermark/detector/stats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const Marked = z.looseObject({
  documents: z.int(),
  detected: z.int(),
  interval: z.strictObject({ low: z.number(), high: z.number() }),
  medianLog10PValue: z.number(),
  medianScored: z.number(),
});
const Control = z.looseObject({ documents: z.int(), detected: z.int(), smallestLog10PValue: z.number() });
const Row = z.looseObject({
  attack: z.string(),
  strength: z.number(),
  reading: z.string(),
  touched: z.number(),
  marked: Marked,
  unmarked: Control,
  wrongKey: Control,
});
const Estimate = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });
const Comparison = z.strictObject({ marked: Estimate, unmarked: Estimate, difference: Estimate });
const WidthRow = Row.extend({ sampling: z.string(), contextWidth: z.int() });
const Results = z.strictObject({
  about: z.looseObject({ answers: z.int(), alpha: z.number(), units: z.record(z.string(), z.string()) }),
  conditions: z.array(
    z.strictObject({
      condition: z.looseObject({
        scheme: z.string(),
        sampling: z.string(),
        canonical: z.int(),
        quality: z.looseObject({
          logPerplexity: Comparison,
          distinct: z.array(Comparison),
          overlap: Comparison,
        }),
      }),
      rows: z.array(Row),
    }),
  ),
  widths: z.array(WidthRow),
});
type Row = z.output<typeof Row>;

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/robustness.md');
const { about, conditions, widths } = Results.parse(JSON.parse(read('bench/results/robustness.json')));
const hot = conditions.filter(({ condition }) => condition.sampling === 'temperature 0.8');
const cool = conditions.filter(({ condition }) => condition.sampling === 'temperature 0.5, top-p 0.9');

/** The cells of a generated table, without its two lines of head. */
function table(name: string): string[][] {
  const block = page.split(`<!-- generated: ${name} -->`)[1]?.split('<!-- end -->')[0] ?? '';
  const lines = block.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => line.slice(2, -2).split(' | '));
}

/** The row that a cell of a table is about. */
function rowOf(rows: readonly Row[], attack: string, strength: number, reading: string): Row {
  const found = rows.filter(
    (row) => row.attack === attack && row.strength === strength && row.reading === reading,
  );
  if (found.length !== 1) throw new Error(`${found.length} rows of ${attack} ${strength} ${reading}`);
  return found[0]!;
}

const minus = (text: string): string => text.replaceAll('-', '−');
const rate = ({ marked: { detected, documents } }: Row): string =>
  `${Math.round((100 * detected) / documents)} %`;
// Towards zero: a p-value is never shown smaller than it is.
const log10 = (value: number): string => minus((Math.ceil(10 * value) / 10 || 0).toFixed(1));
const cell = (row: Row): string => `${rate(row)} (${log10(row.marked.medianLog10PValue)})`;
const share = (text: string): number => Number.parseFloat(text) / 100;

/** The strengths that were measured, attack by attack. */
function measured(attacks: readonly string[], reading: string): [string, number][] {
  return attacks.flatMap((attack) =>
    hot[0]!.rows
      .filter((row) => row.attack === attack && row.reading === reading)
      .map((row): [string, number] => [attack, row.strength]),
  );
}

describe('the results of the robustness benchmark', () => {
  it('are complete: three schemes, two ways to sample, the same attacks for each', () => {
    expect(hot.map(({ condition }) => condition.scheme)).toEqual(['gumbel', 'tournament', 'green-list']);
    expect(cool.map(({ condition }) => condition.scheme)).toEqual(['gumbel', 'tournament', 'green-list']);
    const cells = (rows: readonly Row[]) => rows.map((row) => [row.attack, row.strength, row.reading]);
    for (const { rows } of conditions) expect(cells(rows)).toEqual(cells(hot[0]!.rows));
    expect(new Set(hot[0]!.rows.map(({ attack }) => attack))).toEqual(new Set(Object.keys(about.units)));
  });

  it('have the intervals of their counts', () => {
    for (const { marked } of conditions.flatMap(({ rows }) => rows)) {
      expect(marked.documents).toBe(about.answers);
      const { low, high } = clopperPearson(marked.documents, marked.detected);
      // Five significant digits are written.
      expect(Math.abs(marked.interval.low - low)).toBeLessThanOrEqual(5e-6);
      expect(Math.abs(marked.interval.high - high)).toBeLessThanOrEqual(5e-6);
    }
  });

  it('have no detection among the negative controls', () => {
    for (const { unmarked, wrongKey } of conditions.flatMap(({ rows }) => rows)) {
      expect([unmarked.detected, wrongKey.detected]).toEqual([0, 0]);
    }
  });
});

describe('docs/robustness.md', () => {
  it('shows the unattacked answers', () => {
    const expected = conditions.map(({ condition, rows }) => {
      const of = (reading: string): Row => rowOf(rows, 'none', 0, reading);
      const { scheme, sampling, canonical } = condition;
      const cells = [of('ids'), of('text'), of('regions')].map(cell);
      const scored = String(of('text').marked.medianScored);
      return [scheme, sampling, scored, ...cells, `${canonical} of ${about.answers}`];
    });
    expect(table('baseline')).toEqual(expected);
  });

  it.each([
    ['edits-0.8', hot],
    ['edits-0.5', cool],
  ])('shows the edits: %s', (name, group) => {
    const attacks = ['delete', 'insert', 'substitute', 'swap', 'case', 'punctuation', 'truncate'];
    const rows = table(name);
    expect(rows.map(([attack = '', strength = '']) => [attack, share(strength)])).toEqual(
      measured(attacks, 'text'),
    );
    for (const [attack = '', strength = '', ...cells] of rows) {
      const found = group.map((each) => rowOf(each.rows, attack, share(strength), 'text'));
      expect(cells).toEqual(found.map(cell));
      if (attack !== 'substitute') continue;
      const reached = found.reduce((sum, { touched }) => sum + touched, 0) / found.length;
      expect(strength).toMatch(new RegExp(`, reached ${Math.round(100 * reached)} %$`));
    }
  });

  it.each([
    ['mixing-0.8', hot],
    ['mixing-0.5', cool],
  ])('shows the mixtures: %s', (name, group) => {
    const rows = table(name);
    expect(rows.map(([attack = '', strength = '']) => [attack, share(strength)])).toEqual(
      measured(['mix', 'splice'], 'text'),
    );
    for (const [attack = '', strength = '', ...cells] of rows) {
      const found = group.flatMap((each) =>
        ['text', 'regions'].map((reading) => rowOf(each.rows, attack, share(strength), reading)),
      );
      expect(cells).toEqual(found.map(cell));
    }
  });

  it('shows hidden characters under each normalisation', () => {
    const rows = table('hidden');
    expect(rows).toHaveLength(measured(['homoglyph', 'homoglyph-other', 'zero-width'], 'text').length);
    for (const [attack = '', strength = '', ...cells] of rows) {
      const found = hot.map((each) =>
        ['unnormalized', 'text', 'folded'].map((reading) =>
          rate(rowOf(each.rows, attack, share(strength), reading)),
        ),
      );
      expect(cells).toEqual(found.map((rates) => rates.join(' / ')));
    }
  });

  it('shows changes to the whole text', () => {
    const expected = conditions.map(({ condition, rows }) => [
      condition.scheme,
      condition.sampling,
      ...['round-trip', 'token-by-token', 'normalize'].flatMap((attack) => {
        const row = rowOf(rows, attack, 1, 'text');
        return [`${Math.round(row.touched * about.answers)} of ${about.answers}`, cell(row)];
      }),
    ]);
    expect(table('whole-text')).toEqual(expected);
  });

  it('shows the negative controls', () => {
    const expected = conditions.flatMap(({ condition, rows }) =>
      (['unmarked', 'wrongKey'] as const).map((control) => {
        const tests = rows.reduce((sum, row) => sum + row[control].documents, 0);
        return [
          condition.scheme,
          condition.sampling,
          control === 'unmarked' ? 'unmarked answers' : 'marked answers, wrong key',
          tests.toLocaleString('en'),
          '0',
          (tests * about.alpha).toFixed(4),
          log10(Math.min(...rows.map((row) => row[control].smallestLog10PValue))),
        ];
      }),
    );
    expect(table('controls')).toEqual(expected);
  });

  it('shows the quality', () => {
    const range = ({ value, low, high }: z.output<typeof Estimate>, digits: number): string =>
      minus(`${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`);
    const exp = ({ value, low, high }: z.output<typeof Estimate>): z.output<typeof Estimate> => ({
      value: Math.exp(value),
      low: Math.exp(low),
      high: Math.exp(high),
    });
    const lines = (measure: string, of: (index: number) => string[]): string[][] =>
      conditions.map(({ condition }, i) => [measure, condition.scheme, condition.sampling, ...of(i)]);
    const figures = (of: (index: number) => z.output<typeof Comparison>) => (index: number) => {
      const { marked, unmarked, difference } = of(index);
      return [range(marked, 3), range(unmarked, 3), range(difference, 3)];
    };
    const quality = (index: number) => conditions[index]!.condition.quality;
    expect(table('quality')).toEqual([
      ...lines('perplexity', (index) => {
        const { marked, unmarked, difference } = quality(index).logPerplexity;
        return [range(exp(marked), 2), range(exp(unmarked), 2), `${range(exp(difference), 3)} times`];
      }),
      ...[0, 1, 2, 3].flatMap((n) =>
        lines(
          `distinct-${n + 1}`,
          figures((index) => quality(index).distinct[n]!),
        ),
      ),
      ...lines(
        'overlap, 4-grams',
        figures((index) => quality(index).overlap),
      ),
    ]);
  });
});

describe('the summary of docs/robustness.md', () => {
  const summary = page
    .slice(page.indexOf('## In short'), page.indexOf('## How it was measured'))
    .replace(/\s+/g, ' ');
  const edits = ['delete', 'insert', 'substitute', 'swap', 'case'];
  const [gumbel, tournament, green] = hot;
  const detected = (group: typeof gumbel, attack: string, strength: number, reading = 'text'): number =>
    Number.parseInt(rate(rowOf(group!.rows, attack, strength, reading)), 10);
  const tenth = (group: typeof gumbel): number[] => edits.map((attack) => detected(group, attack, 0.1));
  const three = (attack: string, strength: number, reading: string): number[] =>
    hot.map((group) => detected(group, attack, strength, reading));

  it('states what light and heavy editing leave', () => {
    const least = Math.min(...tenth(gumbel), ...tenth(tournament));
    const { low } = clopperPearson(about.answers, about.answers);
    const all = `in all of ${about.answers} answers (at least ${Math.floor(100 * low)} % with 95 % confidence)`;
    const some = `in at least ${least} % of answers`;
    expect(summary).toContain(
      `${least === 100 ? all : some}, and \`green-list\` in at least ${Math.min(...tenth(green))} %`,
    );
    const inCase = detected(gumbel, 'case', 0.5);
    expect(summary).toContain(
      `detected in ${detected(gumbel, 'delete', 0.5)} %, and with half in another case in ${inCase === 0 ? 'none' : `${inCase} %`}.`,
    );
    const readme = read('README.md').replace(/\s+/g, ' ');
    const share = least === 100 ? `all of ${about.answers}` : `at least ${least} % of`;
    expect(readme).toContain(`in ${share} 300-token answers of the bundled model at temperature 0.8`);
    const most = Math.max(detected(gumbel, 'delete', 0.5), detected(tournament, 'delete', 0.5));
    expect(readme).toContain(`with half of them deleted in at most ${most} %`);
  });

  it('states what low entropy leaves', () => {
    const [a, b, c] = cool.map((group) => detected(group, 'none', 0));
    expect(summary).toContain(`${a} % (\`gumbel\`), ${b} % (\`tournament\`) and ${c} % (\`green-list\`)`);
    const left = tenth(cool[0]);
    expect(summary).toContain(`leaves ${Math.min(...left)} % to ${Math.max(...left)} % for \`gumbel\``);
  });

  it('states what searching finds', () => {
    const [a, b, c] = three('splice', 0.95, 'text');
    const found = three('splice', 0.95, 'regions');
    const scattered = three('mix', 0.95, 'regions');
    expect(summary).toContain(`${a} % (\`gumbel\`), ${b} % and ${c} % by the test of the whole`);
    expect(summary).toContain(`in ${found[0]} %, ${found[1]} % and ${found[2]} % with`);
    expect(summary).toContain(`harder: ${scattered[0]} %, ${scattered[1]} % and ${scattered[2]} %`);
  });

  it('states what look-alikes leave', () => {
    const folded = detected(gumbel, 'homoglyph', 0.25, 'folded');
    expect(summary).toContain(
      `leaves ${detected(gumbel, 'homoglyph', 0.25)} % for \`gumbel\`, and ${folded} % with`,
    );
    for (const reading of ['unnormalized', 'text', 'folded']) {
      expect(summary).toContain(
        `leave ${detected(gumbel, 'homoglyph-other', 0.25, reading)} % under any setting`,
      );
    }
  });

  it('states the number of controls, and what the mark costs', () => {
    const controls = conditions.flatMap(({ rows }) => rows.flatMap((row) => [row.unmarked, row.wrongKey]));
    const tests = controls.reduce((sum, { documents }) => sum + documents, 0);
    expect(summary).toContain(`in ${tests.toLocaleString('en')} tests`);
    const ratio = Math.exp(green!.condition.quality.logPerplexity.difference.value);
    expect(summary).toContain(`perplexity at 0.8: ${ratio.toFixed(2)} times`);
    const overlaps = [gumbel, cool[0]].map((group) => {
      const { marked, unmarked } = group!.condition.quality.overlap;
      return [marked, unmarked].map(({ value }) => `${(100 * value).toFixed(1)} %`);
    });
    expect(summary).toContain(
      `shares ${overlaps[0]![0]} of its 4-grams with another instead of ${overlaps[0]![1]}`,
    );
    expect(summary).toContain(`second setting ${overlaps[1]![0]} instead of ${overlaps[1]![1]}`);
  });
});

describe('context widths', () => {
  const samplings = [...new Set(widths.map(({ sampling }) => sampling))];
  const sizes = [...new Set(widths.map(({ contextWidth }) => contextWidth))];
  const at = (sampling: string, contextWidth: number, attack: string, strength: number): Row =>
    rowOf(
      widths.filter((row) => row.sampling === sampling && row.contextWidth === contextWidth),
      attack,
      strength,
      'text',
    );

  it('are in the table as they were measured', () => {
    const rows = table('widths');
    const attacks = new Set(widths.map(({ attack, strength }) => `${attack} ${strength}`));
    expect(rows).toHaveLength(samplings.length * attacks.size);
    for (const [sampling = '', attack = '', strength = '', ...cells] of rows) {
      expect(cells).toEqual(sizes.map((size) => cell(at(sampling, size, attack, share(strength)))));
    }
  });

  it('are summed up as they were measured, here and where the default is chosen', () => {
    const [hotName = '', coolName = ''] = samplings;
    const rates = (sampling: string, attack: string, strength: number): string[] =>
      sizes.map((size) => rate(at(sampling, size, attack, strength)));
    expect(sizes).toEqual([2, 3, 4, 6, 8]);
    const [two, three, four, six, eight] = rates(hotName, 'substitute', 0.2);
    const low = rates(coolName, 'none', 0);
    const here = page.replace(/\s+/g, ' ');
    expect(here).toContain(`replaced ${two}, ${three}, ${four}, ${six} and ${eight} are detected`);
    expect(here).toContain(`less often: ${low[0]} to ${low[4]}.`);
    const choices = read('docs/choices.md').replace(/\s+/g, ' ');
    const deleted = rates(hotName, 'delete', 0.3);
    expect(choices).toContain(`width 4 is detected in ${four} and width 6 in ${six};`);
    expect(choices).toContain(`deleted, in ${deleted[2]} and ${deleted[3]}.`);
    expect(choices).toContain(`(${low[2]} and ${low[3]}, of ${about.answers} each: within chance)`);
  });

  it('have no detection among their controls', () => {
    for (const { unmarked, wrongKey } of widths)
      expect([unmarked.detected, wrongKey.detected]).toEqual([0, 0]);
  });
});
