import { type CheckName, checkResult, type ResultToCheck } from '@countermark/detector';
import { describe, expect, it } from 'vitest';
import { failed, forged, GUMBEL, letterKey, replaced, restated, resultOf } from './cases.ts';

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
      /^the tokenizer: the result says/,
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
      'weights that its key does not have',
      'keys',
      () => ({
        ...given,
        result: {
          ...result,
          weighted: {
            source: 'known',
            weighed: 9,
            logLikelihoodRatio: 1,
            log10PValue: result.log10RawPValue,
            log10PlainPValue: result.log10RawPValue,
          },
        },
      }),
      /^"weighted" is not that of key/,
    ],
    [
      'a sum that no scores have',
      'keys',
      () => restated(given, { statistic: { ...result.statistic, sum: 0.5 } }),
      /^the sum of key [0-9a-f]+, 0.5, is no sum of scores$/,
    ],
    [
      'parts without a search for them',
      'settings',
      () => ({ ...given, result: { ...result, regions: [] } }),
      /^the settings and the keys do not agree/,
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
