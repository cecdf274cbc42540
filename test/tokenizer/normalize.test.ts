import { normalizeText } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { randomTexts } from './random-text.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

describe('normalizeText', () => {
  it.each([
    ['zero-width', 'a\u200bb\u2060c\ufeffd\u200ce\u200df\u034fg\u2063', 'abcdefg', 7],
    ['soft-hyphen', 'a\u00adb', 'ab', 1],
    ['variation-selector', 'a\ufe00b\ufe0fc\u{e0100}漢\u{e0101}', 'abc漢', 4],
    ['bidi-control', 'a\u202eb\u2066c\u200fd\u061c', 'abcd', 4],
    ['tag-character', 'a\u{e0041}\u{e007f}b🏴\u{e0067}\u{e0062}', 'ab🏴', 4],
  ])('removes and counts: %s', (kind, text, expected, count) => {
    const { text: normalized, changes } = normalizeText(text);
    expect(normalized).toBe(expected);
    expect(changes).toEqual([{ kind, count }]);
  });

  it.each([
    ['plain text', 'Naïve café, 漢字 – “quoted”\u00a0text\n\ttab'],
    ['emoji with a selector', '❤️ ☎︎ ©️ 🏳️\u200d🌈'],
    ['emoji joined to one', '👩\u200d💻 👩🏽\u200d🚀 👨\u200d👩\u200d👧 🏴\u200d☠️ ⛓️\u200d💥'],
    ['keycaps', '1️⃣ #️⃣'],
    ['flags of countries in a country', '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
    ['Persian', 'می\u200cخواهم کتاب\u200cها'],
    ['Hindi and Bengali', 'क्\u200dष क्\u200cष র\u200d্য'],
    ['Khmer', 'ភាសា\u200bខ្មែរ'],
    ['Mongolian', 'ᠠ\u180bᠨ\u180eᠠ'],
    ['Hangul fillers, which take room', '\u3164\u115f'],
  ])('keeps what ordinary writing needs: %s', (comment, text) => {
    const normalized = normalizeText(text);
    expect(normalized.text, comment).toBe(text);
    expect(normalized.changes).toEqual([]);
  });

  it.each([
    ['a second joiner', 'م\u200c\u200cم', 'م\u200cم'],
    ['a joiner after punctuation', 'م، \u200cم', 'م، م'],
    ['a selector after a selector', '❤️\ufe0f\ufe0e', '❤️'],
    ['a selector after a digit that is no keycap', '1\ufe0f2', '12'],
    ['a joiner after the last emoji', '👩\u200d.', '👩.'],
    ['a joiner of emoji with a hidden neighbour', '👩\u200b\u200d\u200b💻', '👩\u200d💻'],
    ['the tags of a flag that does not exist', '🏴\u{e0061}\u{e007f}', '🏴'],
  ])('removes %s', (comment, text, expected) => {
    expect(normalizeText(text).text, comment).toBe(expected);
  });

  it('folds look-alikes only on request', () => {
    const text = 'p\u0430yp\u0430l'; // two Cyrillic а
    expect(normalizeText(text)).toMatchObject({ text, changes: [] });
    expect(normalizeText(text, { foldHomoglyphs: true })).toMatchObject({
      text: 'paypal',
      changes: [{ kind: 'homoglyph', count: 2 }],
    });
  });

  it('folds look-alikes in words that are hidden behind invisible characters too', () => {
    const { text, changes } = normalizeText('s\u200b\u0435\u200bcr\u0435t \u0391pple', {
      foldHomoglyphs: true,
    });
    expect(text).toBe('secret Apple');
    expect(changes).toEqual([
      { kind: 'zero-width', count: 2 },
      { kind: 'homoglyph', count: 3 },
    ]);
  });

  it.each([
    ['Russian', 'Россия и мир: оса, рост, хор'],
    ['a Russian word with a Latin letter', 'прив\u0065т, Aндрей'],
    ['Greek', 'Ο κόσμος ΕΙΝΑΙ'],
    ['formulas', 'P = ρgh, νx, αB, Δt, μm, Ωm'],
    ['one alphabet after the other', 'vitamin С, iPhone и Xbox'],
  ])('folds nothing in %s', (comment, text) => {
    expect(normalizeText(text, { foldHomoglyphs: true }), comment).toMatchObject({ text, changes: [] });
  });

  it('maps the edges of what is left to the original, and loses no byte of it', () => {
    const text = '\u200bp\u200b\u0430y\u00adp\u0430l 🙂\u202e.\ufe0f';
    const { text: normalized, originalOffsets } = normalizeText(text, { foldHomoglyphs: true });
    expect(normalized).toBe('paypal 🙂.');
    const edges = [0, 1, 2, 3, 4, 5, 6, 7, 11, 12];
    const bytes = bytesOf(text);
    const offsets = originalOffsets(edges);
    const parts = edges.slice(1).map((_, i) => decoder.decode(bytes.slice(offsets[i], offsets[i + 1])));
    expect(parts).toEqual([
      '\u200bp\u200b',
      '\u0430',
      'y\u00ad',
      'p',
      '\u0430',
      'l',
      ' ',
      '🙂\u202e',
      '.\ufe0f',
    ]);
  });

  it('maps every character to itself and what was removed after it', () => {
    for (const plain of randomTexts('normalize', 300, 30)) {
      const text = [...plain].map((c, i) => (i % 3 === 0 ? `${c}\u200b\u2060` : c)).join('');
      const { text: normalized, originalOffsets } = normalizeText(text);
      const characters = [...normalized];
      let end = 0;
      const offsets = originalOffsets([0, ...characters.map((c) => (end += bytesOf(c).length))]);
      expect([offsets[0], offsets.at(-1)]).toEqual([0, normalized === '' ? 0 : bytesOf(text).length]);
      const bytes = bytesOf(text);
      const parts = characters.map((_, i) => decoder.decode(bytes.slice(offsets[i], offsets[i + 1])));
      // At the very start, what was removed stands before the first character instead.
      const visible = parts.map((part, i) =>
        i === 0 ? [...part].find((c) => c === characters[0]) : [...part][0],
      );
      expect(visible).toEqual(characters);
    }
  });

  it('changes nothing the second time', () => {
    for (const text of randomTexts('twice', 500)) {
      const once = normalizeText(text, { foldHomoglyphs: true });
      expect(normalizeText(once.text, { foldHomoglyphs: true })).toMatchObject({
        text: once.text,
        changes: [],
      });
    }
  });

  it('keeps lone surrogates, and counts each as three bytes', () => {
    const { text, originalOffsets } = normalizeText('\ud800\u200b\udc00');
    expect([text, ...originalOffsets([0, 3, 6])]).toEqual(['\ud800\udc00', 0, 6, 9]);
  });
});
