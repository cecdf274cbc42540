/**
 * Innocent models under many keys: how often each audit speaks against them. `COUNTERMARK_AUDITS=1000` for the figures of docs/statistics.md, section 19.6.
 */
import { type AuditRecord, auditResult, ModelAudit } from '@countermark/audit';
import type { WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { laboratoryKey, Student, teacherAnswers } from './laboratory.ts';

const AUDITS = Number(process.env['COUNTERMARK_AUDITS'] ?? 100);
const SOFTWARE = { countermark: 'test', textUnicode: '16.0' };
const innocent = new Student(teacherAnswers(undefined, 300, 120, 'innocent'));
const other = new Student(teacherAnswers(undefined, 300, 120, 'other'));

interface Figures {
  readonly log10PValue: number;
  readonly log10EValue: number;
}

function audited(key: WatermarkKey, records: Iterable<AuditRecord>, access: 'answers' | 'reading'): Figures {
  const audit = new ModelAudit(key, { access });
  try {
    for (const record of records) audit.add(record);
    return auditResult(audit, key, { software: SOFTWARE, inputs: [], alpha: 1e-3 });
  } finally {
    audit.close();
  }
}

/** The share at a level may exceed it by four deviations of a binomial: 3e-5 by chance, and the data are seeded. */
function expectAtMost(level: number, share: number): void {
  expect(share).toBeLessThanOrEqual(level + 4 * Math.sqrt((level * (1 - level)) / AUDITS));
}

function shareOf(figures: readonly Figures[], counts: (one: Figures) => boolean): number {
  return figures.filter(counts).length / figures.length;
}

function report(what: string, figures: readonly Figures[]): void {
  for (const level of [0.05, 0.01]) {
    const byP = shareOf(figures, ({ log10PValue }) => log10PValue <= Math.log10(level));
    const byE = shareOf(figures, ({ log10EValue }) => log10EValue >= -Math.log10(level));
    console.log(`${what}: p <= ${level} in ${byP}, e >= ${1 / level} in ${byE} of ${figures.length} audits`);
    expectAtMost(level, byP);
    expectAtMost(level, byE);
  }
}

describe('an innocent model under a random key', () => {
  it('is spoken against as often as the level says, by the tokens it drew and by its probabilities', () => {
    const answers = Array.from({ length: 60 }, (_, i) => innocent.answer(150, `asked ${i}`));
    for (const [what, records] of [
      ['tokens drawn', answers.map(({ tokenIds }) => ({ tokenIds }))],
      ['five probabilities', answers],
      [
        'less a reference',
        answers.map(({ tokenIds, predictions }) => ({
          tokenIds,
          predictions,
          reference: other.read(tokenIds, 5),
        })),
      ],
    ] as const) {
      const figures = Array.from({ length: AUDITS }, (_, i) =>
        audited(laboratoryKey(`random ${i}`), records, 'answers'),
      );
      report(what, figures);
      // Exact, so not far below the level either.
      expect(shareOf(figures, ({ log10PValue }) => log10PValue <= Math.log10(0.5))).toBeGreaterThan(
        0.5 - 4 * Math.sqrt(0.25 / AUDITS),
      );
    }
  });

  it('is not spoken against more often because the text that it reads is marked under that key', () => {
    const figures = Array.from({ length: AUDITS }, (_, i) => {
      const key = laboratoryKey(`served ${i}`);
      const texts = teacherAnswers(key, 20, 120, `served ${i}`);
      const records = texts.map((tokenIds) => ({ tokenIds, predictions: innocent.read(tokenIds, 20) }));
      return audited(key, records, 'reading');
    });
    report('reading marked text', figures);
  });

  it('would be accused if a context counted wherever it occurs', () => {
    // The control: what an audit without this rule would add up is far from the law.
    // Forty answers that say the same, but for their first words.
    const { tokenIds: said } = innocent.answer(150, 'asked');
    const answers = Array.from({ length: 40 }, (_, i) => Uint32Array.of(i, i + 1, i + 2, ...said));
    const accused = Array.from({ length: 60 }, (_, i) => {
      const key = laboratoryKey(`random ${i}`);
      const tallies = answers.map((tokenIds) => {
        const audit = new ModelAudit(key, { access: 'answers' });
        audit.add({ tokenIds });
        audit.close();
        return audit.tally;
      });
      const [first, ...rest] = tallies;
      for (const tally of rest) first?.merge(tally.counts());
      return first?.log10PValue() ?? 0;
    });
    expect(accused.filter((log10PValue) => log10PValue <= -3).length).toBeGreaterThan(5);
  });
});
