import { checkResult, correctDocuments } from '@countermark/detector';
import { describe, expect, it } from 'vitest';
import { failed, GUMBEL, letterKey, markedLetters, restated, resultOf } from './cases.ts';

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
});
