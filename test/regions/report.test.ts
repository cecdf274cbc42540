import { Detector } from '@countermark/detector';
import { htmlReport } from '@countermark/detector/report';
import { createParams, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { sortableTables } from '../report/page.ts';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { randomIds } from '../support/random-key.ts';

const { name, vocabSize, fingerprint } = BYTE_TOKENIZER;
const PARAMS = createParams({ tokenizer: { name, vocabSize, fingerprint }, contextWidth: 2 });
const KEY = new WatermarkKey(PARAMS, new Uint8Array(32).fill(7));

function pageOf(tokenIds: Uint32Array, regions: boolean): { html: string; parts: [number, number][] } {
  const detector = new Detector([KEY], { regions });
  const traced = detector.report(tokenIds);
  detector.close();
  const { detection } = traced;
  return {
    html: htmlReport([{ name: 'ids', traced, detection }]),
    parts: (detection.regions ?? []).map(({ tokens }) => [tokens.start, tokens.end]),
  };
}

function marked(count: number): Uint32Array {
  const watermarker = new Watermarker(KEY);
  const random = seededRandom(1);
  const generation = watermarker.start({ ...AT_ONCE, prompt: [1, 2], random });
  const ids = Uint32Array.from({ length: count }, () => generation.next(new Float32Array(vocabSize)));
  watermarker.close();
  return ids;
}

describe('htmlReport with regions', () => {
  const plain = randomIds(seededRandom(2), 500, vocabSize);
  const document = Uint32Array.from([...plain, ...marked(150), ...plain.toReversed()]);

  it('frames the tokens of each region and lists it', () => {
    const { html, parts } = pageOf(document, true);
    expect(parts).toHaveLength(1);
    const framed = [...html.matchAll(/<mark>([\s\S]*?)<\/mark>/g)].map(([, inner = '']) =>
      [...inner.matchAll(/title="token (\d+),/g)].map(([, position]) => Number(position)),
    );
    expect(framed).toEqual(
      parts.map(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i)),
    );
    const [table] = sortableTables(html);
    expect(table!.headings).toEqual(['tokens', 'scored', 'p-value']);
    expect(table!.rows.map(([tokens]) => tokens)).toEqual(parts.map(([start, end]) => `${start} to ${end}`));
  });

  it('shades each region on the token axis of the curve', () => {
    const { html, parts } = pageOf(document, true);
    // The axis begins where the line of p = 1 does, and ends where it does.
    const [, from = '', to = ''] =
      /<line class="axis" x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)"/.exec(html) ?? [];
    const place = (token: number) => +from + (token / document.length) * (+to - +from);
    const shades = [...html.matchAll(/<rect class="part" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)];
    expect(shades).toHaveLength(parts.length);
    for (const [i, [, x = '', width = '']] of shades.entries()) {
      // Coordinates are rounded to tenths, the width from two of them.
      expect(Math.abs(+x - place(parts[i]![0]))).toBeLessThanOrEqual(0.0501);
      expect(Math.abs(+x + +width - place(parts[i]![1]))).toBeLessThanOrEqual(0.1001);
    }
  });

  it('closes the frame of a region that ends with the document', () => {
    const { html, parts } = pageOf(Uint32Array.from([...plain, ...marked(150)]), true);
    expect(parts.at(-1)![1]).toBe(plain.length + 150);
    expect(html).toContain('</span></mark></div>');
  });

  it('says so where there is none, and nothing where none was sought', () => {
    expect(pageOf(plain, true).html).toContain(
      'No part of the document was found to carry the mark at level 1e-6.',
    );
    const { html } = pageOf(document, false);
    expect(html).not.toContain('<mark>');
    expect(sortableTables(html)).toEqual([]);
    expect(html).not.toContain('class="part"');
    expect(html).not.toContain('No part');
  });
});
