import { checkResult } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { createScheme } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { CASES, failed, forged, letterKey, replaced, restated, resultOf } from './cases.ts';

describe.each(CASES)('an honest result of $kind, of $form', ({ form, key, document, given }) => {
  it('passes, with the commitment that was published', () => {
    const report = checkResult({ ...given, keyId: key.keyId, commitment: key.commitment });
    expect(failed(report)).toEqual([]);
    expect(report.passed).toBe(true);
    expect(given.result.verdict).toBe('detected');
    expect(report.checks.map(({ name }) => name).includes('tokenizer')).toBe(form === 'text');
    expect(given.result.duplicates).toBeGreaterThan(0);
  });

  it('passes after a search for parts', () => {
    const searched = resultOf([key], document, { regions: true });
    expect(searched.result.regions?.length).toBeGreaterThan(0);
    expect(failed(checkResult(searched))).toEqual([]);
  });

  it('passes after a search for parts of a document whose unmarked text is there twice', () => {
    const plain = typeof document === 'string' ? [...document].reverse().join('') : document.toReversed();
    const whole =
      typeof document === 'string' ? `${plain}${plain}${document}` : [...plain, ...plain, ...document];
    const searched = resultOf([key], whole as typeof document, { regions: true });
    expect(searched.result.regions?.length).toBeGreaterThan(0);
    expect(failed(checkResult(searched))).toEqual([]);
  });

  it('passes where nothing was marked, and where too little was', () => {
    const stranger = letterKey('stranger', given.params.scheme);
    const unmarked = resultOf([stranger], document);
    expect([unmarked.result.verdict, failed(checkResult(unmarked))]).toEqual(['not-detected', []]);
    const short = resultOf([key], document.slice(0, 20));
    expect([short.result.verdict, failed(checkResult(short))]).toEqual(['inconclusive', []]);
    const nothing = resultOf([key], document.slice(0, 1));
    expect([nothing.result.scored, failed(checkResult(nothing))]).toEqual([0, []]);
  });

  it('fails with another word, by its sum', () => {
    const { words, positions } = given.evidence;
    const { score } = createScheme(given.params.scheme);
    const other = words.findIndex((word) => score(word) !== score(words[0] ?? 0));
    const evidence = { ...given.evidence, words: replaced(words, other, words[0] ?? 0) };
    expect(positions[other]).toBeDefined();
    const report = checkResult({ ...given, evidence });
    expect(failed(report)).toEqual(expect.arrayContaining(['sum', 'p-value', 'e-value']));
    expect(report.checks.find(({ passed }) => !passed)?.detail).toMatch(
      /^sum of the scores: the result says \d+, and it is \d+$/,
    );
  });

  it('fails with another document, by its tokens', () => {
    const changed =
      typeof document === 'string' ? `${document.slice(0, -1)}?` : [...document.slice(0, -1), 63];
    expect(failed(checkResult({ ...given, document: changed }))).toContain('document');
  });

  it('cannot be told from words that somebody made up, and says so', () => {
    const random = seededRandom('forger');
    const { positions } = given.evidence;
    // Higher words than chance gives, so that the verdict is the same; low bits are what tournaments score.
    const words = positions.map(() => Math.floor(2 ** 32 * random()));
    const { score } = createScheme(given.params.scheme);
    const better = words.map((word) => {
      const again = Math.floor(2 ** 32 * random());
      return score(again) > score(word) ? again : word;
    });
    const report = checkResult(forged(given, positions, better));
    expect(failed(report)).toEqual([]);
    expect(forged(given, positions, better).result.verdict).toBe('detected');
    expect(report.notChecked[0]).toContain('made up');
    // The same sum to the last unit: the key's own words, at other places.
    const moved = positions.map((_, i) => given.evidence.words[(i + 1) % positions.length] ?? 0);
    const same = { ...given, evidence: { ...given.evidence, words: moved } };
    expect(moved).not.toEqual(given.evidence.words);
    expect(failed(checkResult(same))).toEqual([]);
  });

  it('fails where only tuples that suit are listed, by the share of contexts', () => {
    const { score } = createScheme(given.params.scheme);
    const { words, positions } = given.evidence;
    const weak = [...words.keys()].sort((a, b) => score(words[a] ?? 0) - score(words[b] ?? 0));
    const unwanted = new Set(weak.slice(0, Math.floor(words.length / 2)));
    // All tuples of a context, so that none of the rest gives it away.
    const contextAt = (position: number): string => document.slice(position - 2, position).toString();
    const low = new Set(positions.filter((_, i) => unwanted.has(i)).map(contextAt));
    const kept = positions.flatMap((position, i) => (low.has(contextAt(position)) ? [] : [i]));
    const listed = kept.map((i) => positions[i] ?? 0);
    const before = new Set<string>();
    const tuples = Array.from({ length: document.length }, (_, i) => i).filter((i) => i >= 2);
    const contexts = new Set(listed.map(contextAt));
    const repeats = tuples.filter((position) => {
      const tuple = document.slice(position - 2, position + 1).toString();
      const isRepeat = before.has(tuple);
      before.add(tuple);
      return isRepeat && contexts.has(contextAt(position));
    }).length;
    const made = forged(
      given,
      listed,
      kept.map((i) => words[i] ?? 0),
    );
    const { duplicates, otherSlots } = made.result;
    const whole = restated(made, { duplicates: repeats, otherSlots: otherSlots + duplicates - repeats });
    expect(failed(checkResult(whole))).toEqual(['slots']);
  });
});
