import { createHash } from 'node:crypto';
import { normalizeText, parseTokenizerJson } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { allCodePoints, codePointsOf } from '../support/unicode-16.ts';
import { answers, rowOf } from './spec-normalizer-vectors.ts';
import { demoFile } from './tokenizer-files.ts';

const codePoints = allCodePoints();
const ofScripts = (names: string): string =>
  `[${[...names.matchAll(/[A-Z]\w+/g)].map(([name]) => `\\p{Script_Extensions=${name}}`).join('')}]`;
const scriptsOf = (name: string): string => ofScripts(/one of (.*?) \|/.exec(rowOf(name))?.[1] ?? '');

const lookAlikes = new Set(
  [...'АВЕЅІЈКМНОРСТУХҮԌԚԜӀаеорсухѕіјһԁԛԝӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳ'].map((c) => c.charCodeAt(0)),
);

/** The sets as the page describes them, by an engine of Unicode 16.0. */
const sets: Record<string, Set<number>> = {
  invisible: codePointsOf(
    '[\\p{Default_Ignorable_Code_Point}\\x{fff9}-\\x{fffb}--[\\x{115f}\\x{1160}\\x{3164}\\x{ffa0}]]',
  ),
  emoji: codePointsOf('\\p{Emoji}'),
  pictographs: codePointsOf('\\p{Extended_Pictographic}'),
  joining: codePointsOf(`[[\\p{L}\\p{M}]&&${scriptsOf('joining')}]`),
  unspaced: codePointsOf(`[[\\p{L}\\p{M}]&&${scriptsOf('unspaced')}]`),
  mongolian: codePointsOf('[\\p{L}&&\\p{Script=Mongolian}]'),
  letters: codePointsOf('\\p{L}'),
  marks: codePointsOf('\\p{M}'),
  latin: codePointsOf('\\p{Script=Latin}'),
};

const BLOCK = 4096;
/**
 * The code points of which a text comes out in a certain way. U+0000 parts the texts, which are normalized many at once, and is none of
 * them.
 */
function those(
  normalize: (text: string) => string,
  textOf: (character: string) => string,
  isMember: (normalized: string) => boolean,
): number[] {
  const found: number[] = [];
  for (let start = 1; start < codePoints.length; start += BLOCK) {
    const block = codePoints.slice(start, start + BLOCK);
    const text = block.map((c) => textOf(String.fromCodePoint(c))).join('\0');
    for (const [i, normalized] of normalize(text).split('\0').entries()) {
      if (isMember(normalized)) found.push(block[i]!);
    }
  }
  return found;
}
/** Fails unless two sets are equal, naming what is in one of them only. */
function expectSet(found: readonly number[], expected: Iterable<number>): void {
  const [ours, theirs] = [new Set(found), new Set(expected)];
  const onlyOurs = [...ours].filter((c) => !theirs.has(c));
  const onlyTheirs = [...theirs].filter((c) => !ours.has(c));
  const hex = (c: number): string => c.toString(16);
  expect([onlyOurs.slice(0, 9).map(hex), onlyTheirs.slice(0, 9).map(hex)]).toEqual([[], []]);
}
const plain = (text: string): string => normalizeText(text).text;
const folded = (text: string): string => normalizeText(text, { foldHomoglyphs: true }).text;
const visible = (of: Set<number> | undefined, less: readonly string[] = []): Set<number> => {
  const without = new Set(less.map((character) => character.codePointAt(0)!));
  return new Set([...(of ?? [])].filter((c) => !sets['invisible']!.has(c) && !without.has(c)));
};

describe('the sets of docs/spec.md section 7.4', () => {
  it.each(answers.sets)(
    '$name has the $size code points that spec-normalizer.json says',
    ({ name, size, sha256 }) => {
      const members = Uint32Array.from([...sets[name]!]).sort();
      expect(members).toHaveLength(size);
      expect(createHash('sha256').update(members).digest('hex')).toBe(sha256);
    },
  );

  // Whatever this runtime's Unicode version is: each of these fails where it is read from the runtime and is not 16.0.
  it('are those that the normalizer has: what is invisible', () => {
    const found = those(
      plain,
      (c) => `x${c}x`,
      (text) => text === 'xx',
    );
    expectSet(found, sets['invisible']!);
  });

  it.each([
    ['emoji', '\ufe0f', visible(sets['emoji'], [...'0123456789#*'])],
    ['joining', '\u200c', visible(sets['joining'])],
    ['unspaced', '\u200b', visible(sets['unspaced'])],
    ['mongolian', '\u180b', visible(sets['mongolian'])],
  ])('are those that the normalizer has: %s', (_, sign, expected) => {
    const found = those(
      plain,
      (c) => c + sign,
      (text) => text.length > 1 && text.endsWith(sign),
    );
    expectSet(found, expected);
  });

  it('are those that the normalizer has: pictographs, before a joiner and after it', () => {
    const after = those(
      plain,
      (c) => `👩\u200d${c}`,
      (text) => text.startsWith('👩\u200d'),
    );
    expectSet(after, visible(sets['pictographs']));
    const before = those(
      plain,
      (c) => `${c}\u200d👩`,
      (text) => text.endsWith('\u200d👩'),
    );
    // Between a mark of a joining script and anything a joiner stays too.
    expectSet(before, [...visible(sets['pictographs']), ...visible(sets['joining'])]);
  });

  it('are those that the normalizer has: letters, marks and Latin', () => {
    const { letters, marks, latin, invisible } = sets;
    const words = new Set([...letters!, ...marks!]);
    // After a Latin letter: a look-alike at the end is folded if what is between is gone, or of the word and no other letter.
    const joins = [...words].filter((c) => marks!.has(c) || latin!.has(c) || lookAlikes.has(c));
    const joined = those(
      folded,
      (c) => `p${c}\u0430`,
      (text) => text.endsWith('a'),
    );
    expectSet(joined, [...joins, ...invisible!]);
    // Alone before it: only a Latin letter makes it a Latin word.
    const made = those(
      folded,
      (c) => `${c}\u0430`,
      (text) => text.endsWith('a'),
    );
    expectSet(
      made,
      [...words].filter((c) => latin!.has(c)),
    );
  });
});

describe('a tokenizer.json with the normalizer NFC', () => {
  const tokenizer = parseTokenizerJson('nfc', JSON.stringify(demoFile({ normalizer: { type: 'NFC' } })));

  it('leaves what Unicode 16.0 does not have between a letter and a mark where it is', () => {
    // Above U+20000 every 97th: no version has assigned marks there.
    const later = [...codePointsOf('\\p{Cn}')].filter((c) => c < 0x20000 || c % 97 === 0);
    expect(later.length).toBeGreaterThan(10_000);
    for (let start = 0; start < later.length; start += BLOCK) {
      const block = later.slice(start, start + BLOCK);
      const text = block.map((c) => `a${String.fromCodePoint(c)}\u0323`).join(' ');
      expect(tokenizer.decode(tokenizer.encode(text)) === text).toBe(true);
    }
  });
});
