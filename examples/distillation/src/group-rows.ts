/** Whose answers a student learnt from: 24 groups are served answers, and it is given those of one. */
import { auditResult, type GroupFinding } from '@countermark/audit';
import { usedSoftware } from '@countermark/detector';
import { addAll, openAudit } from './audit-student.ts';
import type { Laboratory } from './laboratory.ts';
import { keyOf } from './marks.ts';
import type { Taught } from './ngram-rows.ts';
import type { Probe, Weights } from './probe.ts';
import { servedSet } from './served-set.ts';

const GROUPS = 24;
/** Those whose answers a student is trained on, each another student; undefined for the student that is given none. */
const GUILTY: readonly (number | undefined)[] = [2, 12, 22, undefined];
const WAYS: readonly Weights[] = ['drawn', 'five', 'twenty-less'];

/** What an audit by group said of one student. */
export interface GroupRow {
  /** The group whose answers it was trained on; null if none. */
  readonly guilty: string | null;
  readonly weights: Weights;
  readonly groups: number;
  /** Answers that each group was served, and of the guilty one the student was given. */
  readonly answers: number;
  /** log10 p of all served contexts. */
  readonly log10PValue: number;
  /** log10 of the guilty group's p-value, corrected by Holm; null without one. */
  readonly log10Guilty: number | null;
  /** The least log10 of the others' corrected p-values. */
  readonly log10Others: number;
  /** Names at the level 1e-6. */
  readonly named: readonly string[];
}

/** Trains a student for each guilty group, and asks whom it learnt from. */
export function* groupRows(lab: Laboratory, { main }: Taught): Generator<GroupRow, void, void> {
  const { unmarked, tokenizer } = lab.world;
  const answers = Math.floor(main.served.length / GROUPS);
  const log = main.served.slice(0, GROUPS * answers);
  const nameOf = (group: number): string => `group ${group + 1}`;
  const key = keyOf(main.mark, tokenizer);
  const served = servedSet(key, log, (answer) => nameOf(Math.floor(answer / answers)));
  for (const group of GUILTY) {
    const given = group === undefined ? [] : log.slice(group * answers, (group + 1) * answers);
    const guilty = group === undefined ? null : nameOf(group);
    const origin = {
      kind: 'n-gram',
      mark: main.mark.name,
      share: given.length / unmarked.length,
      variant: `given answers of ${guilty ?? 'nobody'}`,
    } as const;
    const suspect = lab.trained(origin, [...given, ...unmarked.slice(given.length)]);
    for (const weights of WAYS) {
      const probe: Probe = { depth: 'answers', weights, filter: true };
      const audit = openAudit(key, probe, served, 0);
      addAll(audit, probe, suspect.answers);
      const result = auditResult(audit, key, { software: usedSoftware('laboratory'), inputs: [] });
      audit.close();
      const ranked = result.groups?.ranked ?? [];
      const corrected = (isAsked: (group: GroupFinding) => boolean): number =>
        Math.min(0, ...ranked.filter(isAsked).map(({ log10Corrected }) => log10Corrected));
      yield {
        guilty,
        weights,
        groups: GROUPS,
        answers,
        log10PValue: result.log10PValue,
        log10Guilty: guilty === null ? null : corrected(({ name }) => name === guilty),
        log10Others: corrected(({ name }) => name !== guilty),
        named: ranked.filter(({ named }) => named).map(({ name }) => name),
      };
    }
  }
}
