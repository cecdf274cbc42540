import { readFileSync } from 'node:fs';
import { createWordBins } from '@countermark/detector/evidence';
import { planTokens } from '@countermark/detector/plan';
import { gammaTailLog10 } from '@countermark/detector/stats';
import { type SchemeParams, seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/statistics.md', import.meta.url), 'utf8');
const SCHEMES: Readonly<Record<string, SchemeParams>> = {
  gumbel: { kind: 'gumbel' },
  'green-list': { kind: 'green-list', gamma: 0.25, delta: 2 },
  tournament: { kind: 'tournament', depth: 30 },
};

/** The rows of a section's table whose first cell is as given. */
function rowsOf(section: string, first: RegExp): string[][] {
  const text = new RegExp(`^## ${section}[\\s\\S]*?(?=^## |(?![\\s\\S]))`, 'm').exec(page)?.[0] ?? '';
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(2, -2).split(' | '))
    .filter(([cell = '']) => first.test(cell));
}

/** Mean growth of log10 E a tuple, for the best of the shares 1, ½, … 1/64, when the words have a prior's law in part. */
function growth(params: SchemeParams, prior: number, share: number): number {
  const bins = createWordBins(params);
  const law = bins.markedLaws()[prior]!;
  const nulls = bins.wordCounts().map((count) => count / 2 ** 32);
  let best = -Infinity;
  for (let j = 0; j < 7; j++) {
    let mean = 0;
    for (const [bin, fair] of nulls.entries()) {
      if (fair === 0) continue;
      const mass = (1 - share) * fair + share * law[bin]!;
      mean += mass * Math.log10(1 + 2 ** -j * (law[bin]! / fair - 1));
    }
    best = Math.max(best, mean);
  }
  return best;
}

describe('docs/statistics.md', () => {
  it('states how fast evidence grows', () => {
    const rows = rowsOf('11', /^(gumbel|green-list|tournament)/);
    expect(rows).toHaveLength(5);
    for (const [name = '', setting = '', ...cells] of rows) {
      const prior = setting === 'temperature 1' ? 1 : 0;
      const expected = [1, 0.5, 0.1].map((share) =>
        (100 * growth(SCHEMES[name]!, prior, share)).toPrecision(2),
      );
      expect(cells, `${name}, ${setting}`).toEqual(expected);
    }
  });

  it('states what looking again and again does to a p-value', () => {
    const looks = [1, 10, 100, 1000];
    const runs = 2000;
    const random = seededRandom(1);
    const hits = looks.map(() => 0);
    for (let run = 0; run < runs; run++) {
      let sum = 0;
      const stopped = looks.map(() => false);
      for (let n = 1; n <= 1000; n++) {
        sum -= Math.log(random());
        // p ≤ 0.05 needs a sum above the mean.
        if (sum <= n || gammaTailLog10(n, sum) > Math.log10(0.05)) continue;
        for (const [i, count] of looks.entries()) stopped[i] ||= n % (1000 / count) === 0;
      }
      for (const [i, hit] of stopped.entries()) hits[i]! += Number(hit);
    }
    const rates = hits.map((hit) => `${Math.round((100 * hit) / runs)} %`);
    const names = ['once', '10 times', '100 times', '1,000 times'];
    expect(rowsOf('11', /^(once|.* times)$/)).toEqual(names.map((name, i) => [name, rates[i]]));
  });

  it('states how many tuples a detection takes', () => {
    const rows = rowsOf('13', /^\d/);
    expect(rows).toHaveLength(20);
    for (const [entropy, share, ...counts] of rows) {
      const plans = Object.values(SCHEMES).map((scheme) =>
        planTokens({ scheme, entropy: Number(entropy), share: Number(share) }).scored.toLocaleString('en'),
      );
      expect(counts, `entropy ${entropy}, share ${share}`).toEqual(plans);
    }
  });
});
