/** Reports on texts that were made to break them: what hides, what is very large, what is half a character. */
import { Detector, TOKEN_STATUSES } from '@countermark/detector';
import { htmlReport, type ReportDocument } from '@countermark/detector/report';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { activeContent, drawnPieces, drawnText, sortableTables } from './page.ts';

const { name, vocabSize, fingerprint } = BYTE_TOKENIZER;
const params = createParams({ tokenizer: { name, vocabSize, fingerprint }, contextWidth: 1 });
const key = new WatermarkKey(params, new Uint8Array(32).fill(7));

function documentOf(content: string, documentName = 'text'): ReportDocument {
  const detector = new Detector([key], { tokenizers: [BYTE_TOKENIZER], normalization: 'none' });
  const traced = detector.report(content);
  detector.close();
  return { name: documentName, traced, detection: traced.detection };
}

const pageOf = (...documents: readonly string[]): string =>
  htmlReport(documents.map((content, i) => documentOf(content, `text ${i}`)));

describe('a heat map', () => {
  it('names what hides between letters', () => {
    const hiding = 'w\u200bo\u200dr\u2060d\ufe0f \u00ads\u034fo\ufeff \u{e0041}x\u{e0100}';
    expect(drawnText(pageOf(hiding))).toBe(
      'w[U+200B]o[U+200D]r[U+2060]d[U+FE0F] [U+00AD]s[U+034F]o[U+FEFF] [U+E0041]x[U+E0100]',
    );
  });

  it('leaves what ordinary writing needs', () => {
    const writing = '👩‍🚀 ❤️ می‌خواهم क्‍ष 🏴󠁧󠁢󠁥󠁮󠁧󠁿';
    expect(drawnText(pageOf(writing))).toBe(writing);
  });

  it('names every one of many that hide, and keeps what stands beside them', () => {
    expect(drawnText(pageOf(`a${'\u200b'.repeat(50)}b\u200b👩‍🚀\u200d`))).toBe(
      `a${'[U+200B]'.repeat(50)}b[U+200B]👩‍🚀[U+200D]`,
    );
  });

  it('shows a byte order mark at the start of a text', () => {
    expect(drawnText(pageOf('\ufefftext'))).toBe('[U+FEFF]text');
  });

  it('shows half a character as the tokenizer saw it', () => {
    const html = pageOf('a\ud800b\udfffc');
    expect(drawnText(html)).toBe('a\ufffdb\ufffdc');
    expect(html).not.toMatch(/\p{Cs}/u);
  });
});

describe('a name', () => {
  it('cannot hide, nor be half a character', () => {
    const html = htmlReport([documentOf('x', 'a\ud800\u202e\u200b\n.txt'), documentOf('x', ' b')]);
    expect(sortableTables(html)[0]!.rows.map(([cell]) => cell)).toEqual([
      'a[U+D800][U+202E][U+200B][U+000A].txt',
      '[U+0020]b',
    ]);
    expect(html).toContain('<h2 dir="auto">a[U+D800][U+202E][U+200B][U+000A].txt</h2>');
  });
});

// One drawn token takes at most a span with its longest title and the longest character: an entity or a name, in bytes.
const SPAN = '<span class="off" title=""></span>'.length;
const TITLE = `token ${5e6}, id ${vocabSize}: scored, 1 unmarked token in 1.23e+10 reaches this`.length;
const TOKEN_BYTES = SPAN + TITLE + '[U+E0041]'.length;
/** Tokens drawn on a page, and in one heat map. */
const PAGE_TOKENS = 60_000;
const MAP_TOKENS = 20_000;
/** Everything else in a page of a few documents: the style sheet, and some kilobytes of table and 200 points of curve each. */
const REST_BYTES = 100_000;

describe('a page', () => {
  it.each([
    ['one letter', 'a'.repeat(1_000_000)],
    ['what hides', '\u200b\ufe0f\u200d\u202e'.repeat(100_000)],
    ['HTML', `<img src=x onerror='alert("&")'>`.repeat(160_000)],
  ])('on megabytes of %s is bounded, and says what is not drawn', (_, text) => {
    const document = documentOf(text);
    const html = htmlReport([document]);
    expect(activeContent(html)).toEqual([]);
    const drawn = drawnPieces(html);
    const tokens = drawn.reduce((sum, { title }) => sum + title.split('\n').length, 0);
    // The last piece reaches to the end of its character.
    expect(tokens).toBeGreaterThanOrEqual(MAP_TOKENS);
    expect(tokens).toBeLessThan(MAP_TOKENS + 4);
    const left = document.traced.tokenIds.length - tokens;
    expect(html).toContain(`<p class="note">${left} more tokens were tested and are not drawn.</p>`);
    expect(Buffer.byteLength(html)).toBeLessThan(MAP_TOKENS * TOKEN_BYTES + REST_BYTES);
  });

  it('draws what was detected first, where not everything can be drawn', () => {
    const documents = Array.from({ length: 6 }, (_, i) => documentOf('ab'.repeat(15_000), `text ${i}`));
    documents[5] = {
      ...documents[5]!,
      detection: { ...documents[5]!.detection, verdict: 'detected' },
    };
    const html = htmlReport(documents);
    const sections = html.split('<section class="document">').slice(1);
    const drawn = sections.map((section) => drawnPieces(section).length);
    expect(drawn).toEqual([MAP_TOKENS, MAP_TOKENS, 0, 0, 0, MAP_TOKENS]);
    expect(sections[3]).toContain('<p class="note">30000 tokens were tested and are not drawn.</p>');
    expect(sections[3]).not.toContain('class="heat"');
    expect(Buffer.byteLength(html)).toBeLessThan(PAGE_TOKENS * TOKEN_BYTES + 6 * REST_BYTES);
  });

  it('gives sections to a hundred documents, those that were detected before others', () => {
    const plain = documentOf('a few words');
    const detected = { ...plain, detection: { ...plain.detection, verdict: 'detected' as const } };
    const documents = Array.from({ length: 250 }, (_, i) => ({
      ...(i >= 200 ? detected : plain),
      name: `text ${i}`,
    }));
    const html = htmlReport(documents);
    expect(sortableTables(html)[0]!.rows).toHaveLength(250);
    const shown = [...html.matchAll(/<h2 dir="auto">text (\d+)<\/h2>/g)].map(([, i]) => Number(i));
    const expected = [...Array(50).keys(), ...Array.from({ length: 50 }, (_, i) => 200 + i)];
    expect(shown).toEqual(expected);
    expect(html).toContain('150 more documents were tested and have no section here.');
  });

  it('lists ten thousand documents, those that were detected before others', () => {
    const plain = documentOf('a few words');
    const detected = { ...plain, detection: { ...plain.detection, verdict: 'detected' as const } };
    const documents = Array.from({ length: 10_002 }, (_, i) => ({
      ...(i === 10_001 ? detected : plain),
      name: `text ${i}`,
    }));
    const html = htmlReport(documents);
    const { rows } = sortableTables(html)[0]!;
    expect(rows).toHaveLength(10_000);
    expect(rows.slice(-2).map(([shown]) => shown)).toEqual(['text 9998', 'text 10001']);
    expect(html).toContain('2 more rows are not shown.');
  });

  it('draws every status that a token can have', () => {
    const titles = drawnPieces(pageOf('a text that repeats, a text that repeats')).map(({ title }) => title);
    for (const status of TOKEN_STATUSES.filter((each) => each !== 'unkeyed')) {
      expect(titles.some((title) => title.includes(status.replace('-', ' ')))).toBe(true);
    }
  });
});
