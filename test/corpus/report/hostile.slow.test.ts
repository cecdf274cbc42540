/** Pages on corpora that were made to break them: every string, and everything too large. */
import { htmlScanReport } from '@countermark/corpus/internal';
import { describe, expect, it } from 'vitest';
import { activeContent, sortableTables } from '../../report/page.ts';
import { heatMapsOf, listedDocument, markedSummary, withStrings } from './summary.ts';

const ATTACKS = [
  '<script>document.title = "script"</script>',
  '"><img src=x onerror=alert(1)>',
  "'--></style></script></svg></title><svg onload=alert(1)>",
  '</desc></section></main><iframe src="//evil.example">',
  '\u202e\u200b\u0000\ud800<b>&amp;',
];

describe('a page on hostile strings', () => {
  it.each(ATTACKS)('holds nothing of %j but its text', (attack) => {
    const summary = withStrings(markedSummary(), () => attack);
    const heatMaps = heatMapsOf(summary, [attack.repeat(20)]);
    const html = htmlScanReport(summary, heatMaps, { command: attack });
    expect(activeContent(html)).toEqual([]);
    expect(html).not.toContain(attack);
    expect(html).not.toMatch(/[\p{Cs}\u202e\0]/u);
  });

  it('tells names apart that differ in what cannot be seen', () => {
    const top = ['a\u200bb', 'ab', ' ab'].map((id, i) => listedDocument(i, { id }));
    const html = htmlScanReport({ ...markedSummary(), top }, []);
    const shown = sortableTables(html).find(({ caption }) => caption.startsWith('The 3 documents'));
    expect(shown?.rows.map(([id]) => id)).toEqual(['a[U+200B]b', 'ab', '[U+0020]ab']);
  });
});

describe('a page on too much of everything', () => {
  // Half of a long name's 180 code units are `[U+200B]`, half `&lt;`; the notice of what is left out and the element around it.
  const NAME_BYTES = 90 * 8 + 90 * 4 + 100;
  /** Names in 200 rows of everything and two above each of 20 heat maps. */
  const NAMES = 200 * (6 + 4 + 3 + 1 + 4 + 5 + 4) + 5 * 200 + 40;
  // Twenty maps of 2,000 tokens, each a span of some 130 bytes.
  const MAP_BYTES = 20 * 2000 * 130;
  /** Style, script, two curves and the numbers of all rows. */
  const REST_BYTES = 1_500_000;

  it('is bounded whatever the names, the rows and the documents are', () => {
    const long = '<\u200b'.repeat(50_000);
    const base = markedSummary();
    const many = <T>(items: readonly T[], count: number): T[] =>
      Array.from({ length: count }, (_, i) => items[i % items.length]!);
    const summary = withStrings(
      {
        ...base,
        keys: many(base.keys, 2000),
        top: many(base.top, 2000),
        files: many(base.files, 20_000),
        curve: many(base.curve, 100_000),
        accounts: many(base.accounts!, 200).map((result) => ({ ...result, named: many(result.named, 1000) })),
        duplicates: { ...base.duplicates, largest: many(base.duplicates.largest, 2000) },
        failures: { ...base.failures, records: 9000, listed: many(base.failures.listed, 1000) },
      },
      () => long,
    );
    const texts = Array.from({ length: 30 }, () => 'ab<'.repeat(2000));
    const html = htmlScanReport(summary, heatMapsOf(summary, texts), { command: long });
    expect(Buffer.byteLength(html)).toBeLessThan(NAMES * NAME_BYTES + MAP_BYTES + REST_BYTES);
    expect(html.match(/class="heat"/g)).toHaveLength(20);
    expect(html).toContain('10 more documents not drawn.');
    expect(html).toContain('19,800 more rows are not shown.');
    expect(html).toContain('195 more keys not shown.');
    for (const { rows } of sortableTables(html)) expect(rows.length).toBeLessThanOrEqual(200);
  });
});
