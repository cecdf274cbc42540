import {
  type CheckName,
  type CheckReport,
  checkResult,
  correctDocuments,
  type ResultToCheck,
} from '@countermark/detector';
import { paramsFingerprint, seededRandom } from '@countermark/watermark';
import { createScheme } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { SCHEMES } from '../support/random-key.ts';
import { forged, letterKey, markedLetters, restated, resultOf } from './cases.ts';

const CASES = SCHEMES.flatMap((scheme) =>
  (['text', 'ids'] as const).map((form) => {
    const key = letterKey('vendor', scheme);
    const text = markedLetters(key, 600, 'answer');
    const document = form === 'text' ? text : Array.from(text, (letter) => letter.charCodeAt(0));
    return { kind: scheme.kind, form, key, text, document, given: resultOf([key], document) };
  }),
);
const [GUMBEL] = CASES as [(typeof CASES)[number]];

function failed({ checks }: CheckReport): CheckName[] {
  return checks.filter(({ passed }) => !passed).map(({ name }) => name);
}

/** The detail of the check that failed first. */
function fault({ checks }: CheckReport): string | undefined {
  return checks.find(({ passed }) => !passed)?.detail;
}

function replaced<T>(list: readonly T[], at: number, value: T): T[] {
  return list.map((old, i) => (i === at ? value : old));
}

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
    expect(fault(report)).toMatch(/^sum of the scores: the result says \d+, and it is \d+$/);
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

describe('a result of gumbel, of a text', () => {
  const { given, key, text } = GUMBEL;
  const { result, evidence } = given;
  const { positions } = evidence;

  const tampered: [string, CheckName, () => ResultToCheck, RegExp][] = [
    [
      'a position that is there twice',
      'positions',
      () => ({ ...given, evidence: { ...evidence, positions: replaced(positions, 5, positions[4] ?? 0) } }),
      /^position \d+ is listed twice$/,
    ],
    [
      'a position without a context',
      'positions',
      () => ({ ...given, evidence: { ...evidence, positions: replaced(positions, 0, 1) } }),
      /^position 1 has no 2 tokens before it$/,
    ],
    [
      'a position behind the end',
      'positions',
      () => ({
        ...given,
        evidence: { ...evidence, positions: replaced(positions, positions.length - 1, 600) },
      }),
      /^position 600 is behind the document's end, 600$/,
    ],
    [
      'positions out of order',
      'positions',
      () => ({ ...given, evidence: { ...evidence, positions: [...positions].reverse() } }),
      /^position \d+ stands behind \d+$/,
    ],
    [
      'a word too few',
      'positions',
      () => ({ ...given, evidence: { ...evidence, words: evidence.words.slice(1) } }),
      /^number of words/,
    ],
    [
      'other repeats',
      'tuples',
      () => restated(given, { duplicates: result.duplicates + 1, otherSlots: result.otherSlots - 1 }),
      /^repeats: the result says/,
    ],
    [
      'other slots',
      'tuples',
      () => restated(given, { otherSlots: result.otherSlots - 1 }),
      /^tokens in other slots/,
    ],
    [
      'another sum',
      'sum',
      () => restated(given, { statistic: { ...result.statistic, sum: result.statistic.sum + 1 } }),
      /^sum of the scores/,
    ],
    [
      'another z-score',
      'sum',
      () => restated(given, { statistic: { ...result.statistic, zScore: result.statistic.zScore + 0.01 } }),
      /^z-score/,
    ],
    [
      'another p-value',
      'p-value',
      () => restated(given, { log10PValue: result.log10PValue - 1, log10RawPValue: result.log10PValue - 1 }),
      /^log10 of the p-value before corrections/,
    ],
    [
      'a smaller p-value for people',
      'p-value',
      () => ({ ...given, result: { ...result, pValue: result.pValue / 10 } }),
      /^log10 of the p-value for people/,
    ],
    [
      'more bits of the key',
      'p-value',
      () => restated(given, { keyBits: 256 }),
      /^bits of the key: the result says 256, and it is 128$/,
    ],
    [
      'another e-value',
      'e-value',
      () => restated(given, { log10EValue: result.log10EValue + 1e-3 }),
      /^log10 of the key's e-value/,
    ],
    [
      'another verdict',
      'verdict',
      () => restated(given, { verdict: 'not-detected' }),
      /^verdict of key [0-9a-f]+: the result says "not-detected", and it is "detected"$/,
    ],
    [
      'a verdict at the top alone',
      'verdict',
      () => ({ ...given, result: { ...result, verdict: 'inconclusive' } }),
      /^verdict: the result says "inconclusive"/,
    ],
    [
      'a level that differs from the one fixed',
      'settings',
      () => ({ ...given, result: { ...result, alpha: 0.05 } }),
      /^level/,
    ],
    [
      'repeats that were counted',
      'settings',
      () => ({ ...given, result: { ...result, settings: { ...result.settings, dedup: 'none' } } }),
      /^repeated tuples were counted: nothing in the result is a p-value$/,
    ],
    [
      'a number of keys that are not there',
      'settings',
      () => ({ ...given, result: { ...result, settings: { ...result.settings, keys: 3 } } }),
      /^number of keys/,
    ],
    [
      'other parameters',
      'parameters',
      () => ({ ...given, params: { ...given.params, commonShare: 0.4 } }),
      /^fingerprint of the parameters/,
    ],
    [
      'the parameters of another key',
      'parameters',
      () => ({ ...given, keyId: letterKey('other', given.params.scheme).keyId }),
      /^key of the parameters/,
    ],
    [
      'another commitment',
      'commitment',
      () => ({ ...given, commitment: letterKey('other', given.params.scheme).commitment }),
      /^commitment: the result says/,
    ],
    [
      'another tokenizer',
      'tokenizer',
      () => restated(given, { tokenizer: { name: 'bytes', fingerprint: '0'.repeat(64) } }),
      /^fingerprint of the tokenizer/,
    ],
    [
      'a result of token ids',
      'tokenizer',
      () => ({
        ...resultOf(
          [key],
          Array.from(text, (letter) => letter.charCodeAt(0)),
        ),
        document: text,
      }),
      /^the result is of token ids/,
    ],
    [
      'something that normalization is said to have removed',
      'document',
      () => ({ ...given, result: { ...result, normalization: [{ kind: 'zero-width', count: 1 }] } }),
      /^what normalization removed/,
    ],
    [
      'a top level that is not its key',
      'keys',
      () => ({ ...given, result: { ...result, withoutContext: result.withoutContext + 1 } }),
      /^"withoutContext" is not that of key/,
    ],
    [
      'more tests than there were',
      'corrections',
      () => ({ ...given, result: { ...result, tests: 20 } }),
      /^number of tests/,
    ],
  ];
  it.each(tampered)('fails with %s', (_what, name, make, expected) => {
    const report = checkResult(make());
    expect(report.passed).toBe(false);
    expect(failed(report)).toContain(name);
    expect(report.checks.find((check) => check.name === name)?.detail).toMatch(expected);
  });

  it('fails where a repeat is listed, and where a tuple of a scored context is not', () => {
    const contextAt = (position: number): string => text.slice(position - 2, position);
    const scored = new Set(positions.map(contextAt));
    const repeat = Array.from({ length: result.total }, (_, i) => i).find(
      (i) => i >= 2 && !positions.includes(i) && scored.has(contextAt(i)),
    );
    const at = positions.findIndex((position) => position > (repeat ?? 0));
    const added = [...positions.slice(0, at), repeat ?? 0, ...positions.slice(at)];
    const words = [...evidence.words.slice(0, at), 7, ...evidence.words.slice(at)];
    const report = checkResult(forged(given, added, words));
    expect(report.checks.find(({ name }) => name === 'tuples')?.detail).toMatch(
      /^position \d+ repeats the tuple of position \d+$/,
    );
    const twice = positions.findIndex(
      (position, i) => positions.findIndex((other) => contextAt(other) === contextAt(position)) < i,
    );
    const fewer = forged(
      given,
      positions.filter((_, i) => i !== twice),
      evidence.words.filter((_, i) => i !== twice),
    );
    expect(checkResult(fewer).checks.find(({ name }) => name === 'tuples')?.detail).toMatch(
      /^position \d+ is left out, and others with its context are scored$/,
    );
  });

  it('names what it did not check: the commitment, unless there is one', () => {
    const open = checkResult(given).notChecked.join('\n');
    expect(open).toContain('--commitment');
    const closed = checkResult({ ...given, commitment: key.commitment }).notChecked.join('\n');
    expect(closed).not.toContain('--commitment');
  });

  it('takes a text for a result of a text only with its tokenizer', () => {
    expect(() => checkResult({ ...given, tokenizer: undefined })).toThrow(/^"tokenizer" expected/);
  });
});

describe('a result of several keys', () => {
  const { key, text, given: one } = GUMBEL;
  const keys = [letterKey('a', one.params.scheme), key, letterKey('b', one.params.scheme)];
  const given = resultOf(keys, text);

  it('passes, also after a search for parts', () => {
    expect(given.result.corrections).toEqual([{ method: 'holm', over: 'keys', tests: 3 }]);
    expect(failed(checkResult(given))).toEqual([]);
    expect(failed(checkResult(resultOf(keys, text, { regions: true })))).toEqual([]);
    expect(checkResult(given).notChecked.join('\n')).toContain('its other keys');
  });

  it('fails where it is not corrected for them', () => {
    const { log10RawPValue } = given.result;
    const uncorrected = restated(given, { log10PValue: log10RawPValue });
    const report = checkResult({
      ...uncorrected,
      result: { ...uncorrected.result, pValue: Math.max(10 ** log10RawPValue, given.result.pValue) },
    });
    expect(failed(report)).toContain('corrections');
  });

  it('fails where another key has stronger evidence, and where a p-value is not that of its sum', () => {
    const [first, ...others] = given.result.keys;
    const stronger = { ...first!, log10PValue: -1000 };
    const shown = { ...given, result: { ...given.result, keys: [stronger, ...others] } };
    expect(checkResult(shown).checks.find(({ name }) => name === 'keys')?.detail).toMatch(
      /stronger evidence/,
    );
    const wrong = { ...first!, log10RawPValue: first!.log10RawPValue - 0.1 };
    const doctored = { ...given, result: { ...given.result, keys: [wrong, ...others] } };
    expect(checkResult(doctored).checks.find(({ name }) => name === 'keys')?.detail).toContain(
      `log10 of the p-value of key ${first!.keyId}`,
    );
  });
});

describe('a result with more to it', () => {
  const { key, text, given } = GUMBEL;

  it('fails with a part where there is none', () => {
    const searched = resultOf([key], text, { regions: true });
    const [region] = searched.result.regions ?? [];
    const moved = { ...region!, tokens: { start: region!.tokens.start + 1, end: region!.tokens.end } };
    const report = checkResult(restated(searched, { regions: [moved] }));
    expect(failed(report)).toEqual(['regions']);
    expect(failed(checkResult(restated(searched, { regions: [] })))).toEqual(['regions']);
  });

  it('passes and fails with a q-value that others make possible, and impossible', () => {
    const second = resultOf([key], markedLetters(key, 300, 'second'));
    const [corrected] = correctDocuments([given.result, second.result]);
    const pooled = { ...given, result: JSON.parse(JSON.stringify(corrected)) };
    expect(pooled.result.log10QValue).toBeDefined();
    expect(failed(checkResult(pooled))).toEqual([]);
    expect(checkResult(pooled).notChecked.join('\n')).toContain('q-value');
    const lower = { ...pooled, result: { ...pooled.result, log10QValue: pooled.result.log10PValue - 1 } };
    expect(failed(checkResult(lower))).toEqual(['q-value']);
  });

  it('says that weights and decoys were not checked', () => {
    const weighted = { source: 'known', weighed: 5, logLikelihoodRatio: 3, log10PValue: -9 } as const;
    const heavy = restated(given, {
      weighted: { ...weighted, log10PlainPValue: given.result.log10RawPValue },
      log10RawPValue: -9,
      log10PValue: -9,
    });
    const report = checkResult({ ...heavy, result: { ...heavy.result, pValue: 1e-9 } });
    expect([failed(report), report.notChecked.join('\n')]).toEqual([[], expect.stringContaining('weights')]);
    const ranked = resultOf([key], text, { decoys: { count: 3 } });
    expect(checkResult(ranked).notChecked.join('\n')).toContain('random keys');
  });

  it('has parameters of the fingerprint that the result names', () => {
    expect(paramsFingerprint(given.params)).toBe(given.result.params);
  });
});
