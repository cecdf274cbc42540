/** Results of audits, for pages: one with everything in it, and others that differ in one thing. */
import {
  type AuditRecord,
  AuditRun,
  ContextCollector,
  ContextSet,
  type ModelAuditResult,
} from '@countermark/audit';
import { Student } from '../laboratory.ts';
import { answersTo, groupsKey, VOCABULARY } from '../served/groups.ts';

const key = groupsKey('page');
export const HOSTILE = `<script>alert(1)</script>"'&\u202e`;
const GROUPS = [HOSTILE, 'account 1', 'account 2', 'account 3'];

/** How a result is made. */
export interface ResultWishes {
  /** Whether the model learnt from what the first group was given (default true). */
  readonly guilty?: boolean;
  readonly served?: boolean;
  readonly decoys?: number;
  readonly minContexts?: number;
}

/** Audits a student, with claims of identity as texts beside its answers. */
export function auditResultOf({
  guilty = true,
  served: isServed = true,
  decoys = 20,
  minContexts = 100,
}: ResultWishes = {}): ModelAuditResult {
  const served = new Map(GROUPS.map((group) => [group, answersTo(group, key, 12, 80, 'page')]));
  const plain = GROUPS.flatMap((group) => answersTo(group, undefined, 20, 100, 'plain'));
  const student = new Student([...plain, ...(guilty ? served.get(HOSTILE)! : [])], VOCABULARY);
  const collector = new ContextCollector(key, { byGroup: true });
  for (const [group, texts] of served)
    for (const tokenIds of texts) collector.add({ segments: [tokenIds], isText: false, group });
  const set = ContextSet.parse([collector.format()]);
  collector.close();
  const run = new AuditRun(key, {
    access: 'answers',
    decoys,
    seed: '0'.repeat(64),
    ...(isServed ? { served: set } : {}),
  });
  try {
    for (let i = 0; i < 50; i++) {
      const text =
        i % 5 === 0 ? `I am Claude, made by Anthropic. ${HOSTILE} ${i}` : `An answer of other words, ${i}.`;
      const record: AuditRecord = { ...student.answer(120, `page ${i}`), text };
      run.add(record);
    }
    return run.result({
      software: { countermark: 'test', node: '20', icu: '1', unicode: '16.0', textUnicode: '16.0' },
      inputs: [
        { name: `answers ${HOSTILE}.jsonl`, kind: 'file', sha256: 'a'.repeat(64) },
        { name: 'served.contexts', kind: 'file', sha256: set.sha256 },
      ],
      alpha: 1e-6,
      minContexts,
    });
  } finally {
    run.close();
  }
}
