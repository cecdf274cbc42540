/** Innocent models read text that is marked under the very key, through endpoints that add the token that came to their lists. */
import { type AuditRecord, ModelAudit, RecordReader } from '@countermark/audit';
import { describe, expect, it } from 'vitest';
import { LETTERS, laboratoryKey, Student, teacherAnswers } from '../laboratory.ts';

const AUDITS = Number(process.env['COUNTERMARK_AUDITS'] ?? 60);
const ASKED = 4;
const innocent = new Student(teacherAnswers(undefined, 60, 80, 'reading law'));

/** What an endpoint says of a text: the likeliest tokens, and the one that came. */
function listsOf(ids: Uint32Array): (readonly (readonly [number, number])[])[] {
  return innocent.read(ids, 120).map((all, at) => {
    const likeliest = all.slice(0, ASKED);
    const came = all.find(([id]) => id === ids[at]);
    return came === undefined || likeliest.includes(came) ? likeliest : [...likeliest, came];
  });
}

function eValueOf(audit: number, recordOf: (ids: Uint32Array) => AuditRecord): number {
  const key = laboratoryKey(`reading law ${audit}`);
  const run = new ModelAudit(key, { access: 'reading' });
  for (const ids of teacherAnswers(key, 12, 80, `read ${audit}`)) run.add(recordOf(ids));
  const log10EValue = run.tally.log10EValue();
  run.close();
  return log10EValue;
}

describe(`${AUDITS} audits of an innocent model that reads through an endpoint`, () => {
  it('have an e-value of 1/α at most as often as α', () => {
    const reader = new RecordReader(LETTERS);
    const values = Array.from({ length: AUDITS }, (_, audit) =>
      eValueOf(audit, (ids) => {
        const tokens = listsOf(ids).map((list, at) => ({
          token: LETTERS.decode([ids[at] ?? 0]),
          logprob: -1,
          top: at === 0 ? [] : list.map(([id, p]) => ({ token: LETTERS.decode([id]), logprob: Math.log(p) })),
        }));
        return reader.read({ answer: LETTERS.decode(ids), tokens, asked: ASKED });
      }),
    );
    for (const alpha of [0.1, 0.01]) {
      const share = values.filter((value) => value >= -Math.log10(alpha)).length / AUDITS;
      // Markov's bound, and what chance adds to it: one-sided 1e-6.
      expect(share).toBeLessThanOrEqual(alpha + 4.9 * Math.sqrt((alpha * (1 - alpha)) / AUDITS));
    }
    // A mean of at most 1 is what an e-value is; the largest tell of a lean.
    expect(Math.max(...values)).toBeLessThan(3);
  });

  it('accuse it where the lists are taken as they come', () => {
    const values = Array.from({ length: AUDITS }, (_, audit) =>
      eValueOf(audit, (ids) => ({ tokenIds: ids, predictions: listsOf(ids) })),
    );
    const accused = values.filter((value) => value >= 2).length;
    // Markov's bound is a hundredth.
    expect(accused).toBeGreaterThan(AUDITS / 5);
  });
});
