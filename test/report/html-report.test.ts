import { correctDocuments, Detector } from '@countermark/detector';
import { formatPValue, htmlReport, type ReportDocument } from '@countermark/detector/report';
import { createParams, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';

const { name, vocabSize, fingerprint } = BYTE_TOKENIZER;
const PARAMS = createParams({ tokenizer: { name, vocabSize, fingerprint }, contextWidth: 1 });
const KEY = new WatermarkKey(PARAMS, new Uint8Array(32).fill(7));
const OTHER = new WatermarkKey(PARAMS, new Uint8Array(32).fill(8));

function documentOf(
  documentName: string,
  content: string | Uint32Array,
  keys = [KEY],
  minTokens = 1,
): ReportDocument {
  const detector = new Detector(keys, { tokenizers: [BYTE_TOKENIZER], normalization: 'none', minTokens });
  const traced = detector.trace(content);
  detector.close();
  return { name: documentName, traced, detection: traced.detection };
}

/** The pieces of the heat map: what each shows, unescaped, with its class and the lines of its title. */
function drawnPieces(html: string) {
  const [, heat = ''] = /<div class="heat">([\s\S]*?)<\/div>/.exec(html) ?? [];
  return [...heat.matchAll(/<span class="(\w+)" title="([^"]*)">([^<]*)<\/span>/g)].map(
    ([, className = '', title = '', text = '']) => ({ className, title, text: unescaped(text) }),
  );
}

function unescaped(html: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return html.replace(/&(#?\w+);/g, (_, entity: string) => characters[entity] ?? `?${entity}?`);
}

describe('htmlReport', () => {
  const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(2)> "quoted" & 'single' </div></section>--><!--`;

  it('holds no script and refers to nothing elsewhere, whatever the documents hold', () => {
    const html = htmlReport(
      [documentOf(HOSTILE, HOSTILE), documentOf('ids', randomIds(seededRandom(1), 200, 256))],
      { title: HOSTILE, command: HOSTILE },
    );
    expect(html).not.toMatch(
      /<(script|img|link|iframe|object|embed|base|form|a|audio|video|source|use|image)\b/i,
    );
    // Attributes that load or run something can only stand in tags, and every tag is one of ours.
    const tags = html.match(/<[^!][^>]*>/g) ?? [];
    expect(tags.length).toBeGreaterThan(20);
    for (const tag of tags) expect(tag).not.toMatch(/\s(on\w+|src|href|srcset|action|data|xlink:href)\s*=/i);
    expect(html.match(/<style>([\s\S]*?)<\/style>/)![1]).not.toMatch(/url\(|@import|expression/);
    expect(html).not.toMatch(/https?:|\/\/[a-z]/i);
    expect(html).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    );
    expect(html).not.toContain('<!--');
  });

  it('shows every character of the text and of the names', () => {
    const html = htmlReport([documentOf(HOSTILE, HOSTILE)], { title: HOSTILE, command: HOSTILE });
    expect(
      drawnPieces(html)
        .map(({ text }) => text)
        .join(''),
    ).toBe(HOSTILE);
    const headings = [...html.matchAll(/<(?:title|h1|h2|code)>([^<]*)</g)].map(([, text]) =>
      unescaped(text!),
    );
    expect(headings.filter((text) => text === HOSTILE)).toHaveLength(4);
    // Quotes too, so that no place in an attribute is out of bounds.
    expect(html).toContain('&quot;quoted&quot; &amp; &#39;single&#39;');
  });

  it('names characters that would reorder the page instead of letting them act', () => {
    const hiding = 'a\u202eb\u2066c\u2069d\u061ce\u200ff\u0000g\u009fh\ti\nj';
    const html = htmlReport([documentOf(hiding, hiding)], { title: hiding, command: hiding });
    expect(html).not.toMatch(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?![\t\n\r])\p{Cc}/u);
    const shown = 'a[U+202E]b[U+2066]c[U+2069]d[U+061C]e[U+200F]f[U+0000]g[U+009F]h\ti\nj';
    expect(
      drawnPieces(html)
        .map(({ text }) => text)
        .join(''),
    ).toBe(shown);
    expect(html).toContain(`<h1>${shown}</h1>`);
  });

  it('leaves right-to-left text and joined emoji as they are', () => {
    const text = 'שלום عربي 👩‍🚀 ❤️';
    expect(
      drawnPieces(htmlReport([documentOf('text', text)]))
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text);
  });

  it('draws tokens that split a character as one piece, with their strongest score', () => {
    const text = 'aé🙂z';
    const { traced } = documentOf('emoji', text);
    const pieces = drawnPieces(htmlReport([documentOf('emoji', text)]));
    expect(pieces.map((piece) => piece.text)).toEqual(['a', 'é', '🙂', 'z']);
    expect(pieces.map(({ title }) => title.split('\n').length)).toEqual([1, 2, 4, 1]);
    expect(pieces[0]).toMatchObject({ className: 'off', title: 'token 0, id 97: without context' });
    // Under gumbel a score s is reached by one unmarked token in e^(s / 2^20): levels begin at 10^0.3, 10^0.6, 10^1.3 and 10^2.
    const levelOf = (position: number) => {
      if (traced.statuses[position] !== 3) return -1;
      const surprise = (traced.scores[position]! / 2 ** 20) * Math.LOG10E;
      return [0.3, 0.6, 1.3, 2].filter((limit) => surprise >= limit).length;
    };
    for (const [piece, positions] of [
      [1, [1, 2]],
      [2, [3, 4, 5, 6]],
      [3, [7]],
    ] as const) {
      const strongest = Math.max(...positions.map(levelOf));
      expect(pieces[piece]!.className).toBe(strongest < 0 ? 'off' : `l${strongest}`);
    }
    expect(new Set(pieces.map(({ className }) => className)).size).toBeGreaterThan(1);
  });

  it('draws token ids without a text as numbers', () => {
    const pieces = drawnPieces(htmlReport([documentOf('ids', Uint32Array.of(7, 255, 0))]));
    expect(pieces.map(({ text }) => text)).toEqual(['7 ', '255 ', '0 ']);
  });

  it('says how many tokens it does not draw', () => {
    // 19,999 letters and emoji of four bytes: the limit of 20,000 falls on the first byte of the first one.
    const text = `${'a'.repeat(19_999)}🙂🙂`;
    const html = htmlReport([documentOf('long', text)]);
    expect(drawnPieces(html).at(-1)!.text).toBe('🙂');
    expect(html).toContain('4 more tokens were tested and are not drawn.');
    expect(htmlReport([documentOf('short', 'a'.repeat(20_000))])).not.toContain('not drawn');
  });

  it('shows an empty document', () => {
    const html = htmlReport([documentOf('empty', '')]);
    expect(html).toContain('0 of 0');
    expect(html).not.toContain('NaN');
  });

  it('never shows a number that claims more than the detection', () => {
    // A document whose p-value is a little above the level.
    const document = documentOf('near', 'some text');
    const detection = { ...document.detection, log10PValue: -5.99996, verdict: 'not-detected' as const };
    const html = htmlReport([{ ...document, detection }]);
    expect(html).toContain('1.1e-6');
    expect(html).toContain('log₁₀ p = -5.999');
  });

  it('shows what the corrected detection says', () => {
    const documents = ['one text of some length', 'another text of some length', 'and a third one'].map(
      (text, i) => documentOf(`document ${i}`, text, [KEY, OTHER], 5),
    );
    const corrected = correctDocuments(documents.map(({ detection }) => detection));
    const html = htmlReport(documents.map((document, i) => ({ ...document, detection: corrected[i]! })));
    for (const detection of corrected) {
      expect(html).toContain(`<td>${formatPValue(detection.log10QValue!)}</td>`);
      expect(html).toContain(`<td>${detection.keyId}</td>`);
      expect(html).toContain(`<td>${detection.scored} of ${detection.total}</td>`);
    }
    expect(html.split('2 keys (holm), 3 documents (benjamini-hochberg)')).toHaveLength(1 + 3);
  });

  it('says why a verdict is inconclusive', () => {
    expect(htmlReport([documentOf('short', 'a few words', [KEY], 50)])).toMatch(
      /Inconclusive: \d+ scored tokens, at least 50 are needed\./,
    );
    const silent = new WatermarkKey({ ...PARAMS, commonShare: 0, accountShare: 1 }, new Uint8Array(32));
    expect(htmlReport([documentOf('undecided', 'a few more words than before', [KEY, silent])])).toContain(
      'Inconclusive: not detected at level 0.000001, and another key has fewer than 1 scored tokens.',
    );
  });

  it('says that a marked text is detected, and shows no secret', () => {
    const key = keyFrom('secret', 256, { contextWidth: 1 });
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ random: seededRandom(1) });
    const response = Uint32Array.from({ length: 300 }, () => generation.next(new Float32Array(256)));
    watermarker.close();
    const html = htmlReport([documentOf('marked', response, [key])]);
    expect(html).toContain('Detected: the null hypothesis is rejected at level 0.000001.');
    const secret = Buffer.from(key.exportSecret());
    for (const form of ['hex', 'base64', 'base64url'] as const)
      expect(html).not.toContain(secret.toString(form));
    for (const derived of [key.schemeKey(), key.accountKey()]) {
      expect(html).not.toContain(Buffer.from(derived).toString('hex'));
    }
  });
});
