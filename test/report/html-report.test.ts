import { correctDocuments, type Detection, Detector } from '@countermark/detector';
import { htmlReport, type ReportDocument } from '@countermark/detector/report';
import { formatPValue } from '@countermark/report';
import { createParams, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';
import { activeContent, drawnPieces, drawnText, facts, sortableTables, unescaped, verdicts } from './page.ts';

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
  const traced = detector.report(content);
  detector.close();
  return { name: documentName, traced, detection: traced.detection };
}

describe('htmlReport', () => {
  const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(2)> "quoted" & 'single' </div></section>--><!--`;

  it('holds one script, its own, and refers to nothing elsewhere, whatever the documents hold', () => {
    const html = htmlReport(
      [documentOf(HOSTILE, HOSTILE), documentOf('ids', randomIds(seededRandom(1), 200, 256))],
      { title: HOSTILE, command: HOSTILE },
    );
    expect(activeContent(html)).toEqual([]);
    expect(html.match(/<style>([\s\S]*?)<\/style>/)![1]).not.toMatch(/url\(|@import|expression/);
    expect(html).not.toMatch(/https?:|\/\/[a-z]/i);
    expect(html).not.toContain('<!--');
    // What the check would find.
    expect(activeContent(`${html}<img src=x>`)).toEqual(['<img src=x>']);
    expect(activeContent(html.replace('<main>', '<main style="color: red">'))).toHaveLength(1);
    expect(activeContent(html.replace("'use strict'", "'use strict '"))).toHaveLength(1);
  });

  it('shows every character of the text and of the names', () => {
    const html = htmlReport([documentOf(HOSTILE, HOSTILE)], { title: HOSTILE, command: HOSTILE });
    expect(drawnText(html)).toBe(HOSTILE);
    const headings = [...html.matchAll(/<(?:title|h1|h2|code)(?: dir="auto")?>([^<]*)</g)].map(([, text]) =>
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
    expect(drawnText(html)).toBe(shown);
    expect(html).toContain(`<h1>${shown}</h1>`);
    expect(htmlReport([], { title: 'a\ud800' })).toContain('<h1>a[U+D800]</h1>');
  });

  it('leaves right-to-left text and joined emoji as they are', () => {
    const text = 'שלום عربي 👩‍🚀 ❤️';
    expect(drawnText(htmlReport([documentOf('text', text)]))).toBe(text);
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
    const html = htmlReport([{ ...document, detection: { ...detection, log10EValue: 2.4567 } }]);
    expect(verdicts(html)[0]).toContain('with p = 1.1e-6.');
    expect(facts(html)).toMatchObject({ 'p-value': '1.1e-6 (log₁₀ -5.999)', 'e-value': '10^2.45' });
  });

  it('says verdict, null hypothesis, level and p-value in one sentence', () => {
    const { detection, traced } = documentOf('text', 'a text of some length');
    const p = formatPValue(detection.log10PValue);
    const hypothesis = 'the null hypothesis, that this document was produced without access to the key';
    const sentence = (changes: Partial<Detection>): string | undefined =>
      verdicts(htmlReport([{ name: 'text', traced, detection: { ...detection, ...changes } }]))[0];
    expect(sentence({ verdict: 'detected', log10PValue: -12.5 })).toBe(
      `Detected at level 1e-6: ${hypothesis}, is rejected, with p = 3.2e-13.`,
    );
    expect(sentence({ verdict: 'not-detected', alpha: 0.01 })).toBe(
      `Not detected at level 0.01: ${hypothesis}, is not rejected, with p = ${p}.`,
    );
    expect(sentence({ verdict: 'inconclusive', scored: 9, minTokens: 50 })).toBe(
      `Inconclusive: 9 tokens were scored, and 50 are needed to test at level 1e-6 ${hypothesis}; p = ${p} decides nothing.`,
    );
    const corrections = [
      { method: 'bonferroni', over: 'windows', tests: 42 },
      { method: 'benjamini-hochberg', over: 'documents', tests: 3 },
    ] as const;
    expect(sentence({ verdict: 'detected', log10PValue: -12, log10QValue: -11.5, corrections })).toBe(
      `Detected at level 1e-6: ${hypothesis}, is rejected, with p = 1e-12, corrected for 42 windows (Bonferroni), and q = 3.2e-12 over 3 documents (Benjamini–Hochberg).`,
    );
  });

  it('shows what the corrected detection says', () => {
    const documents = [
      'one text of some length, and more',
      'another text of some length',
      'and a third one, of some length',
    ].map((text, i) => documentOf(`document ${i}`, text, [KEY, OTHER], 5));
    const corrected = correctDocuments(documents.map(({ detection }) => detection));
    const html = htmlReport(documents.map((document, i) => ({ ...document, detection: corrected[i]! })));
    const [summary, ...others] = sortableTables(html);
    expect(summary!.headings).toEqual(['document', 'verdict', 'p-value', 'q-value', 'scored']);
    expect(summary!.rows).toEqual(
      corrected.map(({ verdict, log10PValue, log10QValue, scored }, i) => [
        `document ${i}`,
        verdict,
        formatPValue(log10PValue),
        formatPValue(log10QValue!),
        String(scored),
      ]),
    );
    expect(summary!.values).toEqual(
      corrected.map(({ log10PValue, log10QValue, scored }) => [
        undefined,
        undefined,
        log10PValue,
        log10QValue,
        scored,
      ]),
    );
    for (const [i, sentence] of verdicts(html).entries()) {
      const { log10PValue, log10QValue, keyId } = corrected[i]!;
      expect(sentence).toContain(
        `without access to key ${keyId}, is not rejected, with p = ${formatPValue(log10PValue)}, corrected for 2 keys (Holm), and q = ${formatPValue(log10QValue!)} over 3 documents (Benjamini–Hochberg).`,
      );
    }
    // Every key of every document, in the order given.
    expect(others.map(({ rows }) => rows.map(([key]) => key))).toEqual(
      corrected.map(({ keys }) => keys.map(({ keyId }) => keyId)),
    );
    for (const [i, { values }] of others.entries()) {
      expect(values.map((row) => row.slice(2))).toEqual(
        corrected[i]!.keys.map((key) => [key.log10PValue, key.log10RawPValue, key.log10EValue, key.scored]),
      );
    }
  });

  it('shows decoys, and an alarm before everything that it voids', () => {
    const detector = new Detector([KEY], { minTokens: 1, decoys: { count: 9 } });
    const traced = detector.report(randomIds(seededRandom(1), 300, vocabSize));
    detector.close();
    const { detection } = traced;
    const { belowOnePercent, log10RankPValue } = detection.decoys!;
    const quiet = htmlReport([{ name: 'ids', traced, detection }]);
    expect(facts(quiet)['rank among decoys']).toBe(
      `p-value ${formatPValue(log10RankPValue)} among 9 random keys, of which ${belowOnePercent} have p ≤ 0.01`,
    );
    expect(quiet).not.toContain('Alarm');
    const decoys = { ...detection.decoys!, belowOnePercent: 7, alarm: true };
    const keys = [{ ...detection.keys[0]!, decoys }];
    const html = htmlReport([{ name: 'ids', traced, detection: { ...detection, decoys, keys } }]);
    expect(html).toContain(
      `<p class="alarm">Alarm: 7 of 9 random keys like ${KEY.keyId} have p ≤ 0.01 on this document, so no p-value on it can be relied on.</p>\n<table class="facts">`,
    );
  });

  it('shows what weights added, and that the curve does without them', () => {
    const detector = new Detector([KEY], { minTokens: 1 });
    const ids = randomIds(seededRandom(1), 300, vocabSize);
    const detection = detector.detect(ids, { values: new Float64Array(300).fill(0.5) });
    const traced = detector.report(ids);
    detector.close();
    const html = htmlReport([{ name: 'ids', traced, detection }]);
    const { weighed, log10PlainPValue } = detection.weighted!;
    const fact = facts(html)['weighed by known probabilities'];
    expect(fact).toContain(`${weighed} tokens, log-likelihood ratio`);
    expect(fact).toContain(`without the weights p is ${formatPValue(log10PlainPValue)}`);
    expect(html).toContain('its end is not the p-value that decided');
  });

  it('says why a verdict is inconclusive', () => {
    expect(verdicts(htmlReport([documentOf('short', 'a few words', [KEY], 50)]))[0]).toMatch(
      /^Inconclusive: \d+ tokens were scored, and 50 are needed to test at level 1e-6 the null hypothesis/,
    );
    const silent = new WatermarkKey({ ...PARAMS, commonShare: 0, accountShare: 1 }, new Uint8Array(32));
    const undecided = htmlReport([documentOf('undecided', 'a few more words than before', [KEY, silent])]);
    expect(verdicts(undecided)[0]).toMatch(
      /^Inconclusive: the null hypothesis, .*, is not rejected at level 1e-6, with p = .*, and another key leaves it open: .*\.$/,
    );
  });

  it('says that a marked text is detected, and shows no secret', () => {
    const key = keyFrom('secret', 256, { contextWidth: 1 });
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ random: seededRandom(1) });
    const response = Uint32Array.from({ length: 300 }, () => generation.next(new Float32Array(256)));
    watermarker.close();
    const html = htmlReport([documentOf('marked', response, [key])]);
    expect(verdicts(html)[0]).toMatch(
      /^Detected at level 1e-6: the null hypothesis, .* is rejected, with p = /,
    );
    const secret = Buffer.from(key.exportSecret());
    for (const form of ['hex', 'base64', 'base64url'] as const)
      expect(html).not.toContain(secret.toString(form));
    for (const derived of [key.schemeKey(), key.accountKey()]) {
      expect(html).not.toContain(Buffer.from(derived).toString('hex'));
    }
  });
});
