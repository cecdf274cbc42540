/** Which accounts fed a model: named where they did, and nobody where nobody did. `COUNTERMARK_AUDITS` makes the runs more. */
import type { AuditRecord } from '@countermark/audit';
import type { WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { Student } from '../laboratory.ts';
import { answersTo, auditedBy, GROUPS, groupsKey, setOf, VOCABULARY } from './groups.ts';

const AUDITS = Number(process.env['COUNTERMARK_AUDITS'] ?? 60);

function servedTo(groups: readonly string[], key: WatermarkKey, count: number, length: number, seed: string) {
  return new Map(groups.map((group) => [group, answersTo(group, key, count, length, seed)]));
}

function asked(student: Student, count: number, length: number, seed: string): AuditRecord[] {
  return Array.from({ length: count }, (_, i) => student.answer(length, `${seed} ${i}`));
}

/** Text of the same subjects that nobody marked. */
const plain = GROUPS.flatMap((group) => answersTo(group, undefined, 6, 100, 'plain'));

describe('the groups of an audit', () => {
  it('are named where the model learnt from what they were given, and ranked before all others', () => {
    const key = groupsKey('named');
    const served = servedTo(GROUPS, key, 30, 100, 'served');
    const set = setOf(key, served);
    const guilty = GROUPS[6]!;
    const student = new Student([...plain, ...served.get(guilty)!], VOCABULARY);
    const records = asked(student, 120, 150, 'asked');
    const result = auditedBy(key, records, set, { alpha: 1e-6 });
    const { groups } = result;
    console.log(result.counts, groups?.ranked.slice(0, 3), result.log10EValue);
    expect(groups).toMatchObject({ tested: 24, named: 1 });
    expect(groups?.ranked[0]).toMatchObject({ name: guilty, named: true });
    expect(groups!.ranked[0]!.log10Corrected).toBeLessThanOrEqual(-6);
    expect(groups!.ranked.slice(1).every(({ named }) => !named)).toBe(true);
    expect(result).toMatchObject({ verdict: 'trace-found', basis: 'e-value', strength: undefined });
    // Served contexts say more than all that the model wrote.
    const all = auditedBy(key, records, undefined, { alpha: 1e-6 });
    console.log('without the set', all.log10PValue, all.log10EValue, all.counts.contexts);
    expect(result.log10EValue).toBeGreaterThan(all.log10EValue);
    expect(result.counts.contexts + result.counts.notServed).toBeGreaterThanOrEqual(all.counts.contexts);
    // The e-values of the student that learnt from the same texts without the mark.
    const innocent = new Student([...plain, ...answersTo(guilty, undefined, 30, 100, 'other')], VOCABULARY);
    expect(auditedBy(key, asked(innocent, 120, 150, 'asked'), set).groups).toMatchObject({ named: 0 });
  });

  it('are not named where the model learnt from nobody, in as many audits as the level says', () => {
    const innocent = new Student(plain, VOCABULARY);
    const records = asked(innocent, 40, 150, 'asked');
    const figures = Array.from({ length: AUDITS }, (_, i) => {
      const key = groupsKey(`innocent ${i}`);
      const set = setOf(key, servedTo(GROUPS, key, 4, 80, `served ${i}`));
      return auditedBy(key, records, set, { alpha: 0.05 });
    });
    const share = (counts: (one: (typeof figures)[number]) => boolean): number =>
      figures.filter(counts).length / AUDITS;
    const most = (level: number): number => level + 4 * Math.sqrt((level * (1 - level)) / AUDITS);
    console.log(
      'any named',
      share(({ groups }) => groups!.named > 0),
      'found',
      share(({ verdict }) => verdict === 'trace-found'),
      'contexts',
      figures[0]?.counts,
    );
    expect(figures.every(({ verdict }) => verdict !== 'inconclusive')).toBe(true);
    expect(share(({ groups }) => groups!.named > 0)).toBeLessThanOrEqual(most(0.05));
    expect(share(({ verdict }) => verdict === 'trace-found')).toBeLessThanOrEqual(most(0.05));
  });

  it('are not named for what another group was given; they would be if others’ contexts were not left out', () => {
    let wrong = 0;
    let blind = 0;
    const runs = Math.max(10, Math.floor(AUDITS / 4));
    for (let i = 0; i < runs; i++) {
      const key = groupsKey(`other ${i}`);
      // The innocent account asked of the same subject as the guilty one.
      const [guilty, alike] = [GROUPS[0]!, 'alike'];
      const served = servedTo(GROUPS, key, 6, 100, `served ${i}`);
      served.set(alike, answersTo(guilty, key, 30, 100, `alike ${i}`));
      served.set(guilty, answersTo(guilty, key, 30, 100, `guilty ${i}`));
      const student = new Student([...plain, ...served.get(guilty)!], VOCABULARY);
      const records = asked(student, 60, 150, `asked ${i}`);
      const { groups } = auditedBy(key, records, setOf(key, served), { alpha: 0.05 });
      if (groups!.ranked.some(({ name, named }) => named && name !== guilty)) wrong++;
      // Logs that lack what the guilty account was given.
      const alone = setOf(key, new Map([[alike, served.get(alike)!]]));
      if (auditedBy(key, records, alone, { alpha: 0.05 }).groups!.named > 0) blind++;
    }
    console.log(`of ${runs}: another named ${wrong}, with incomplete logs ${blind}`);
    expect(wrong / runs).toBeLessThanOrEqual(0.05 + 4 * Math.sqrt((0.05 * 0.95) / runs));
    expect(blind / runs).toBeGreaterThan(0.8);
  });
});
