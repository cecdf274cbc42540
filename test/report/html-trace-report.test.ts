import { AccountTracer, type AccountTraces, nullTailLog10, type TracedAccount } from '@countermark/detector';
import { htmlTraceReport } from '@countermark/detector/report';
import { formatPValue } from '@countermark/report';
import { seededRandom, WatermarkKey } from '@countermark/watermark';
import { accountCode } from '@countermark/watermark/scheme';
import { describe, expect, it, vi } from 'vitest';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { markedIds } from '../support/marked-ids.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';
import { activeContent, drawnPieces, drawnText, facts, sortableTables, verdicts } from './page.ts';
import { answer, closeAfterTests, drawings, key, tracerOf, users, VOCABULARY } from './trace-pages.ts';

closeAfterTests();

const other = markedIds(key, 'user-8', 300, 2);
const plain = randomIds(seededRandom(3), 300, VOCABULARY);
const short = Uint32Array.of(1, 2, 3, 4, 5, 6);

function pageOf(
  documents: readonly (Uint32Array | string)[],
  { top = 0, accounts = users, own = key } = {},
): { html: string; traces: AccountTraces; tracer: AccountTracer } {
  const tracer = tracerOf(documents, own);
  const traces = tracer.trace(accounts, { top });
  const names = documents.map((_, i) => `text ${i}`);
  return { html: htmlTraceReport(tracer, traces, names), traces, tracer };
}

describe('htmlTraceReport', () => {
  const hypothesis = 'the null hypothesis, that the account’s code had no influence on';

  it('says for each text and for all as one what is rejected at which level, with p and its correction', () => {
    const { html, traces } = pageOf([answer, plain, short, Uint32Array.from([...answer, ...other])]);
    const [first, second, , mixed] = traces.documents;
    const corrected = 'corrected for 500 accounts issued and the texts of this run (times 8) (Bonferroni).';
    const range = ({ named }: { named: readonly TracedAccount[] }): string =>
      `p from ${formatPValue(named[0]!.log10PValue)} to ${formatPValue(named.at(-1)!.log10PValue)}`;
    expect(verdicts(html)).toEqual([
      `One account named at level 0.001: ${hypothesis} this text, is rejected for it, with p = ${formatPValue(first!.named[0]!.log10PValue)}, ${corrected}`,
      `No account named at level 0.001: ${hypothesis} this text, is rejected for none of them; the strongest evidence has p = ${formatPValue(second!.log10PValue)}, ${corrected}`,
      `Inconclusive: too short to reject for any account, at level 0.001 ${corrected.slice(0, -1)}, the null hypothesis that its code had no influence on this text; no p-value was computed.`,
      `2 accounts named at level 0.001: ${hypothesis} this text, is rejected for each of them, with ${range(mixed!)}, ${corrected}`,
      `2 accounts named at level 0.001: ${hypothesis} these texts, is rejected for each of them, with ${range(traces.pooled!)}, corrected for 500 accounts issued and the texts of this run (times 2) (Bonferroni).`,
    ]);
  });

  it('lists every text, and the accounts with the values that they sort by', () => {
    const { html, traces } = pageOf([answer, plain, short], { top: 3 });
    const [summary, ...tables] = sortableTables(html);
    const texts = [...traces.documents, traces.pooled!];
    expect(summary!.rows).toEqual(
      texts.map(({ verdict, named, log10PValue, scored }, i) => [
        ['text 0', 'text 1', 'text 2', 'All texts as one'][i],
        verdict,
        String(named.length),
        verdict === 'inconclusive' ? '' : formatPValue(log10PValue),
        String(scored),
      ]),
    );
    // What has no p-value sorts behind every p-value.
    expect(summary!.values.map((row) => row[3])).toEqual(
      texts.map(({ verdict, log10PValue }) => (verdict === 'inconclusive' ? Infinity : log10PValue)),
    );
    expect(tables).toHaveLength(3);
    expect(tables[0]!.rows.map(([account, verdict]) => [account, verdict])).toEqual(
      traces.documents[0]!.top.map(({ account }) => [account, account === 'user-7' ? 'named' : 'not named']),
    );
    expect(tables[0]!.values).toEqual(
      traces.documents[0]!.top.map(({ log10PValue, log10RawPValue, zScore }) => [
        undefined,
        undefined,
        log10PValue,
        log10RawPValue,
        zScore,
      ]),
    );
    expect(tables[1]!.rows.map(([, verdict]) => verdict)).toEqual(['not named', 'not named', 'not named']);
  });

  it('draws for each named account evidence that ends at its corrected p-value', () => {
    const { html, traces } = pageOf([Uint32Array.from([...answer, ...other]), plain, short]);
    const expected = [traces.documents[0]!, traces.pooled!].flatMap(({ named, total }) =>
      named.map(
        ({ log10PValue }) =>
          `p-value against tokens read: ${formatPValue(log10PValue)} after ${total.toLocaleString('en-US')}; the level is 0.001`,
      ),
    );
    expect(expected).toHaveLength(4);
    expect(drawings(html)).toEqual(expected);
    const headings = [...html.matchAll(/<h3>Evidence for <span [^>]*>([^<]*)</g)].map(([, name]) => name);
    expect(headings).toEqual(
      [...traces.documents[0]!.named, ...traces.pooled!.named].map(({ account }) => account),
    );
  });

  it('colours a token by how surprising its score is under the symbol of the account', () => {
    const { html, tracer } = pageOf([answer]);
    const { statuses, scores, nullLaw } = tracer.tokens(0, 'user-7');
    const pieces = drawnPieces(html);
    expect(pieces).toHaveLength(answer.length);
    for (const [position, { className, title, text }] of pieces.entries()) {
      expect(text).toBe(`${answer[position]} `);
      const isScored = statuses[position] === 3;
      const surprise = -nullTailLog10(nullLaw, 1, scores[position]!);
      const level = [0.3, 0.6, 1.3, 2].filter((limit) => surprise >= limit).length;
      expect(className).toBe(isScored ? `l${level}` : 'off');
      expect(title.includes('scored, 1 unmarked token in')).toBe(isScored);
    }
    const classes = new Set(pieces.map(({ className }) => className));
    for (const level of ['off', 'l1', 'l2', 'l3', 'l4']) expect(classes).toContain(level);
  });

  it('draws the text that was tokenized', () => {
    const { vocabSize, fingerprint } = BYTE_TOKENIZER;
    const { params } = keyFrom('text', vocabSize);
    const own = new WatermarkKey(
      { ...params, tokenizer: { name: 'bytes', vocabSize, fingerprint } },
      new Uint8Array(32).fill(1),
    );
    const ascii = markedIds(own, 'user-7', 400, 4).map((id) => 32 + (id % 95));
    const text = `${String.fromCharCode(...ascii)}\u200b <b>& naïve`;
    const tracer = tracerOf([text], own);
    const traces = tracer.trace(users, { top: 1 });
    const [trace] = traces.documents;
    // The text names nobody; its strongest account stands for one that is named.
    const named = { ...trace!, verdict: 'named' as const, named: trace!.top };
    const html = htmlTraceReport(tracer, { documents: [named], pooled: undefined }, ['text']);
    expect(drawnText(html)).toBe(text.replace('\u200b', ''));
    expect(facts(html)['normalisation']).toBe('1 × zero-width');
  });

  it('computes nothing for texts that name nobody', () => {
    const tracer = tracerOf([plain, short]);
    const traces = tracer.trace(users, { top: 5 });
    const growth = vi.spyOn(tracer, 'growth');
    const tokens = vi.spyOn(tracer, 'tokens');
    const html = htmlTraceReport(tracer, traces, ['a', 'b']);
    expect(growth).not.toHaveBeenCalled();
    expect(tokens).not.toHaveBeenCalled();
    expect(html).not.toContain('<svg');
  });

  it('says what it does not show, and the command', () => {
    const tracer = tracerOf([answer]);
    const traces = tracer.trace(users);
    const html = htmlTraceReport(tracer, traces, ['a'], { title: 'A <title>', command: "x 'a b' <c>" });
    expect(html).toContain('A named account is not shown to have sent the text');
    expect(html).toContain('An account that is not named is not cleared');
    expect(html).toContain('<h1>A &lt;title&gt;</h1>');
    expect(html).toContain('<code>x &#39;a b&#39; &lt;c&gt;</code>');
  });

  it('shows no secret, no code, and no id but those of named accounts', () => {
    const { html } = pageOf([answer, other]);
    expect([...new Set(html.match(/user-\d+/g))].sort()).toEqual(['user-7', 'user-8']);
    const secret = Buffer.from(key.exportSecret());
    for (const form of ['hex', 'base64', 'base64url'] as const) {
      expect(html).not.toContain(secret.toString(form));
    }
    for (const derived of [key.schemeKey(), key.accountKey()]) {
      expect(html).not.toContain(Buffer.from(derived).toString('hex'));
    }
    const code = accountCode(key.accountKey(), 'user-7', key.params.codeLength).slice(0, 16);
    for (const separator of ['', ' ', ',', ', ']) expect(html).not.toContain(code.join(separator));
    expect(html).not.toMatch(/symbol|code position \d/);
  });

  it('holds one script, its own, whatever the ids and names are', () => {
    const hostile = `<script>alert(1)</script>"'&</td>\u202e\u200b\n`;
    const marked = markedIds(key, hostile, 300, 5);
    const tracer = tracerOf([marked]);
    const traces = tracer.trace([hostile, ...users], { top: 2 });
    const html = htmlTraceReport(tracer, traces, [hostile], { title: hostile, command: hostile });
    expect(activeContent(html)).toEqual([]);
    const shown = `<script>alert(1)</script>"'&</td>[U+202E][U+200B][U+000A]`;
    expect(sortableTables(html)[0]!.rows[0]![0]).toBe(shown);
  });

  it('tells ids apart that differ in what cannot be seen', () => {
    const ids = ['a', 'a ', ' a', 'a\u200b', 'a\u00a0', 'a\ufe0f', 'a\u00ad', 'a\u2800', 'a\u3164', 'a\t'];
    const tracer = tracerOf([answer]);
    const traces = tracer.trace([...ids, ...users], { top: ids.length });
    const [trace] = traces.documents;
    const top = ids.map((account) => ({ ...trace!.top[0]!, account }));
    const html = htmlTraceReport(tracer, { documents: [{ ...trace!, top }], pooled: undefined }, ['text']);
    const shown = sortableTables(html)[0]!.rows.map(([account]) => account);
    expect(shown).toEqual([
      'user-7',
      'a',
      'a[U+0020]',
      '[U+0020]a',
      'a[U+200B]',
      'a[U+00A0]',
      'a[U+FE0F]',
      'a[U+00AD]',
      'a[U+2800]',
      'a[U+3164]',
      'a[U+0009]',
    ]);
  });

  it('needs a tracer that keeps its documents, and a name for each', () => {
    const tracer = new AccountTracer(key);
    tracer.add(answer);
    const traces = tracer.trace(users);
    expect(() => htmlTraceReport(tracer, traces, ['a'])).toThrow('got a tracer without "keepDocuments"');
    expect(() => htmlTraceReport(tracer, traces, [])).toThrow(
      '"names" expected one for each of 1 documents, got 0',
    );
    tracer.close();
  });
});
