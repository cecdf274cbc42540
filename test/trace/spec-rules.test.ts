import { AccountTracer } from '@countermark/detector';
import { describe, expect, it } from 'vitest';
import { ruleKey, traceAnswers } from '../support/spec-rules.ts';

describe('AccountTracer', () => {
  it.each(traceAnswers)('agrees with answer $tcId: $comment', (answer) => {
    const { canonicalParams, secret, documents, issued, texts } = answer;
    const accounts = texts[0]!.accounts.map(({ account }) => account);
    // A level that every text could reach, so that all have p-values.
    const tracer = new AccountTracer(ruleKey(canonicalParams, secret), { alpha: 0.5 });
    for (const document of documents) tracer.add(document);
    const found = tracer.trace(accounts, { issued, top: accounts.length });
    tracer.close();
    const traces = [...found.documents, ...(found.pooled === undefined ? [] : [found.pooled])];
    expect(traces).toHaveLength(texts.length);
    for (const [i, { scored, positions, accounts: expected }] of texts.entries()) {
      const { top, ...trace } = traces[i]!;
      expect(trace).toMatchObject({ scored, codePositions: positions.length });
      for (const { account, log10RawPValue, log10PValue } of expected) {
        const traced = top.find((each) => each.account === account)!;
        // Moved upwards by 1e-9 (docs/statistics.md, section 3), after an error of at most 1e-10 of the logarithm.
        const margin = 1.1e-9 * Math.max(1, -log10RawPValue);
        expect(traced.log10RawPValue).toBeGreaterThanOrEqual(log10RawPValue);
        expect(traced.log10RawPValue).toBeLessThanOrEqual(log10RawPValue + margin);
        expect(traced.log10PValue).toBeGreaterThanOrEqual(log10PValue);
        expect(traced.log10PValue).toBeLessThanOrEqual(log10PValue + margin);
      }
    }
  });
});
