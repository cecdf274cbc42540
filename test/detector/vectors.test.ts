import { Detector, TOKEN_STATUSES } from '@countermark/detector';
import { describe, expect, it } from 'vitest';
import { documentAnswers, keyOf } from '../support/spec-scheme.ts';

// Of the logarithm: the error guaranteed for every tail, and the margin by which a reported one is larger (docs/statistics.md, 3 and 4.4).
const MOST_ABOVE = 1e-10 + 2 ** -33;

describe('Detector', () => {
  it.each(documentAnswers)('agrees with answer $tcId: $comment', (answer) => {
    const { tokenIds, statuses, scores, sum, log10PValue } = answer;
    const key = keyOf(answer);
    const detector = new Detector([key], { minTokens: 1 });
    const traced = detector.report(tokenIds);
    detector.close();
    const { detection } = traced;
    expect(Array.from(traced.statuses, (status) => TOKEN_STATUSES[status])).toEqual(statuses);
    expect([...traced.scores].filter((_, i) => statuses[i] === 'scored')).toEqual(scores);
    const count = (status: string) => statuses.filter((each) => each === status).length;
    expect(detection).toMatchObject({
      total: tokenIds.length,
      scored: count('scored'),
      duplicates: count('duplicate'),
      otherSlots: count('other-slot'),
      withoutContext: count('without-context'),
      params: answer.fingerprint,
      keyId: answer.keyId,
    });
    expect(detection.statistic.sum).toBe(sum);
    const expected = Number(log10PValue);
    expect(detection.log10PValue).toBeGreaterThanOrEqual(expected);
    expect(detection.log10PValue).toBeLessThanOrEqual(expected * (1 - MOST_ABOVE));
    expect(detection.log10RawPValue).toBe(detection.log10PValue);
  });

  it('has answers for every status and every scheme', () => {
    expect(new Set(documentAnswers.flatMap(({ statuses }) => statuses))).toEqual(
      // No draw of ours depends on a part of the key.
      new Set(TOKEN_STATUSES.filter((status) => status !== 'unkeyed')),
    );
    const kinds = documentAnswers.map((answer) => keyOf(answer).params.scheme.kind);
    expect(new Set(kinds)).toEqual(new Set(['gumbel', 'green-list', 'tournament']));
  });
});
