import { readFileSync } from 'node:fs';
import { innocentsTable, PUBLISHED, readResults, tablesOf } from '@countermark/distillation';
import { describe, expect, it } from 'vitest';

const results = readResults(PUBLISHED)!;

function block(page: string, name: string): string {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return (text.split(`<!-- generated: ${name} -->`)[1]?.split('<!-- end -->')[0] ?? '').trim();
}

describe('the laboratory’s figures', () => {
  it.each(Object.entries(tablesOf(results)))('%s is what results.json has', (name, table) => {
    expect(block('radioactivity.md', name)).toBe(table);
  });

  it('of innocents are what results.json has', () => {
    expect(block('statistics.md', 'distillation-innocents')).toBe(innocentsTable(results));
  });

  it('have no innocent student that is found, and no decoy', () => {
    expect(results.rows.length).toBeGreaterThan(100);
    for (const row of results.rows) {
      const name = `${row.kind}, ${row.mark}, ${row.share}, ${row.variant}, ${row.depth}, ${row.weights}`;
      if (row.share === 0) expect(row.log10PValue, name).toBeGreaterThan(-5);
      // Some thousands of decoys: one of them is below 1e-6 with a probability of a few thousandths.
      expect(row.leastOfDecoys ?? 0, name).toBeGreaterThan(-6);
    }
  });

  it('have no level that innocents pass more often than it says', () => {
    for (const { audits, shares } of results.reliability) {
      for (const { level, p, e } of shares) {
        const bound = level + 4 * Math.sqrt((level * (1 - level)) / audits);
        expect(p).toBeLessThanOrEqual(bound);
        expect(e).toBeLessThanOrEqual(bound);
      }
    }
  });
});
