import { htmlTraceReport } from '@countermark/detector/report';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { randomIds } from '../support/random-key.ts';
import { drawnPieces, sortableTables } from './page.ts';
import { answer, closeAfterTests, drawings, tracerOf, users, VOCABULARY } from './trace-pages.ts';

closeAfterTests();

describe('htmlTraceReport', () => {
  it('bounds what it draws, the strongest of each text first, and says what it leaves out', () => {
    const count = 103;
    const tracer = tracerOf(Array.from({ length: count }, () => answer.subarray(0, 100)));
    const traces = tracer.trace(users);
    const [named] = traces.documents[0]!.named;
    const many = Array.from({ length: 1200 }, (_, i) => ({ ...named!, account: `user-${i}` }));
    const documents = traces.documents.map((trace, i) => ({ ...trace, named: i === 0 ? many : trace.named }));
    const names = documents.map((_, i) => `text ${i}`);
    const html = htmlTraceReport(tracer, { documents, pooled: traces.pooled }, names);
    expect(drawings(html)).toHaveLength(12);
    expect(html.match(/<section class="document">/g)).toHaveLength(100);
    expect(html).toContain('4 more texts were traced and have no section here.');
    const [summary, accounts] = sortableTables(html);
    expect(summary!.rows).toHaveLength(count + 1);
    expect(accounts!.rows).toHaveLength(1000);
    expect(html).toContain('200 more rows are not shown.');
    expect(html).toContain('1199 named accounts are not drawn.');
    // The pool is the last section, and keeps its own.
    expect(html.lastIndexOf('<h2 dir="auto">All texts as one</h2>')).toBeGreaterThan(
      html.lastIndexOf('<h2 dir="auto">text '),
    );
  });

  it('shares the tokens that it draws among accounts and texts, and says what is left', () => {
    const lengths = [15_000, 30_000];
    const tracer = tracerOf(lengths.map((length, i) => randomIds(seededRandom(i), length, VOCABULARY)));
    const traces = tracer.trace(users, { top: 3 });
    // The texts name nobody; their strongest accounts stand for such as are named.
    const documents = traces.documents.map((trace) => ({
      ...trace,
      verdict: 'named' as const,
      named: trace.top,
    }));
    const html = htmlTraceReport(tracer, { documents, pooled: undefined }, ['a', 'b']);
    const figures = html.split('<h3>Evidence for').slice(1);
    // 60,000 in all and 20,000 each, the strongest accounts of both texts first.
    expect(figures.map((figure) => drawnPieces(figure).length)).toEqual([
      15_000, 15_000, 0, 20_000, 10_000, 0,
    ]);
    const left = figures.map(
      (figure) => /(\d+) (?:more )?tokens were tested and are not drawn/.exec(figure)?.[1],
    );
    expect(left).toEqual([undefined, undefined, '15000', '10000', '20000', '30000']);
    expect(figures.map((figure) => figure.includes('class="note legend"'))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
  });
});
