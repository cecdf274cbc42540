/** Groups of users who ask of different things, what the teacher answered them, and the set of the contexts. */
import {
  type AuditRecord,
  auditResult,
  ContextCollector,
  ContextSet,
  ModelAudit,
  type ModelAuditResult,
} from '@countermark/audit';
import { seededRandom, Watermarker, type WatermarkKey } from '@countermark/watermark';
import { keyFrom, randomLogits } from '../../support/random-key.ts';
import { drawFrom, softmax } from '../laboratory.ts';

export const VOCABULARY = 300;
export const GROUPS: readonly string[] = Array.from({ length: 24 }, (_, i) => `account ${i + 1}`);

export function groupsKey(seed: string): WatermarkKey {
  return keyFrom(seed, VOCABULARY, { contextWidth: 2, commonShare: 1, accountShare: 0 });
}

// In each group's subject the next token depends on the last one, in another way: logits uniform on -6 … 6.
const subjects = new Map<string, Float32Array[]>();
function subjectOf(group: string): Float32Array[] {
  const known = subjects.get(group);
  if (known !== undefined) return known;
  const rows = Array.from({ length: VOCABULARY }, (_, last) =>
    randomLogits(seededRandom(`${group} ${last}`), VOCABULARY, 6),
  );
  subjects.set(group, rows);
  return rows;
}

/** Answers to a group, marked under a key if there is one. */
export function answersTo(
  group: string,
  key: WatermarkKey | undefined,
  count: number,
  length: number,
  seed: string,
): Uint32Array[] {
  const rows = subjectOf(group);
  const watermarker = key === undefined ? undefined : new Watermarker(key);
  const answers = Array.from({ length: count }, (_, i) => {
    const random = seededRandom(`${group} ${seed} ${i}`);
    const generation = watermarker?.start({ random, startBits: 4 });
    let last = Math.floor(random() * VOCABULARY);
    return Uint32Array.from({ length }, () => {
      const row = rows[last]!;
      last = generation === undefined ? drawFrom(softmax(row), random) : generation.next(row);
      return last;
    });
  });
  watermarker?.close();
  return answers;
}

/** The set of all contexts that were served, by group. */
export function setOf(key: WatermarkKey, answers: ReadonlyMap<string, readonly Uint32Array[]>): ContextSet {
  const collector = new ContextCollector(key, { byGroup: true });
  for (const [group, texts] of answers) {
    for (const tokenIds of texts) collector.add({ segments: [tokenIds], isText: false, group });
  }
  const set = ContextSet.parse([collector.format()]);
  collector.close();
  return set;
}

export function auditedBy(
  key: WatermarkKey,
  records: readonly AuditRecord[],
  served: ContextSet | undefined,
  { alpha = 1e-3, minContexts = 100 }: { alpha?: number; minContexts?: number } = {},
): ModelAuditResult {
  const audit = new ModelAudit(key, { access: 'answers', ...(served === undefined ? {} : { served }) });
  try {
    for (const record of records) audit.add(record);
    const software = { countermark: 'test', textUnicode: '16.0' };
    return auditResult(audit, key, { software, inputs: [], alpha, minContexts });
  } finally {
    audit.close();
  }
}
