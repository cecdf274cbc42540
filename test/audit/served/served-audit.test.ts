import {
  type AuditRecord,
  AuditRun,
  auditResult,
  ContextCollector,
  ContextSet,
  ModelAudit,
  type ModelAuditResult,
  type ServedContexts,
} from '@countermark/audit';
import { describe, expect, it } from 'vitest';
import { laboratoryKey, Student, teacherAnswers } from '../laboratory.ts';

const test = { software: { countermark: 'test', textUnicode: '16.0' }, inputs: [] };
const key = laboratoryKey('served');
const served = teacherAnswers(key, 60, 120, 'served');
const student = new Student([...teacherAnswers(undefined, 100, 120, 'plain'), ...served]);
const answers: AuditRecord[] = Array.from({ length: 40 }, (_, i) => student.answer(150, `asked ${i}`));

function setOf(texts: readonly Uint32Array[]): ContextSet {
  const collector = new ContextCollector(key);
  for (const tokenIds of texts) collector.add({ segments: [tokenIds], isText: false });
  const set = ContextSet.parse([collector.format()]);
  collector.close();
  return set;
}

function audited(
  records: readonly AuditRecord[],
  set: ServedContexts | undefined,
  access: 'answers' | 'reading' = 'answers',
): ModelAuditResult {
  const audit = new ModelAudit(key, { access, ...(set === undefined ? {} : { served: set }) });
  try {
    for (const record of records) audit.add(record);
    return auditResult(audit, key, test);
  } finally {
    audit.close();
  }
}

describe('an audit of served contexts', () => {
  it('counts each context of the model that was served, and says how many were not', () => {
    const all = audited(answers, undefined);
    const found = audited(answers, setOf(served));
    expect(found.counts.notServed).toBeGreaterThan(0);
    expect(found.counts.contexts).toBeGreaterThan(0);
    expect(found.counts.contexts).toBeLessThan(all.counts.contexts);
    const without = (counts: ModelAuditResult['counts']): number =>
      counts.tokens - counts.withoutContext - counts.seen - counts.otherSlots;
    expect(found.counts.contexts + found.counts.notServed).toBe(without(found.counts));
    expect(found).toMatchObject({
      basis: 'e-value',
      strength: undefined,
      log10PValue: -found.log10EValue,
      served: { answers: 60, texts: 0, failed: 0, bits: 40 },
    });
    expect(found).not.toHaveProperty('groups');
    // With a set of all contexts nothing is left out, and the evidence is that without one.
    const every: ServedContexts = { facts: setOf(served).facts, falsePositiveRate: 1, groupOf: () => 0 };
    const same = audited(answers, every);
    expect(same.counts).toEqual(all.counts);
    expect(same.log10EValue).toBe(all.log10EValue);
    const none: ServedContexts = { ...every, groupOf: () => undefined };
    expect(audited(answers, none)).toMatchObject({
      verdict: 'inconclusive',
      log10PValue: 0,
      counts: { contexts: 0, words: 0 },
    });
  });

  it('has no result before its end, for the e-value has a bound there alone', () => {
    const audit = new ModelAudit(key, { access: 'answers', served: setOf(served) });
    for (const record of answers) audit.add(record);
    const message = /"served" expected an audit that was carried to the end/;
    expect(() => auditResult(audit, key, { ...test, sequential: true })).toThrow(message);
    expect(() => auditResult(audit, key, { ...test, isStopped: true })).toThrow(message);
    expect(auditResult(audit, key, test)).toMatchObject({ basis: 'e-value' });
    audit.close();
  });

  it('refuses a set of another key', () => {
    expect(
      () => new ModelAudit(laboratoryKey('another'), { access: 'answers', served: setOf(served) }),
    ).toThrow('"served" expected contexts of key');
  });

  it('lets a model read answers of the set, and nothing else', () => {
    const read = (texts: readonly Uint32Array[]): AuditRecord[] =>
      texts.map((tokenIds) => ({ tokenIds, predictions: student.read(tokenIds) }));
    const set = setOf(served);
    const found = audited(read(served.slice(0, 20)), set, 'reading');
    expect(found).toMatchObject({ counts: { notServed: 0 }, basis: 'e-value' });
    expect(found.log10EValue).toBe(audited(read(served.slice(0, 20)), undefined, 'reading').log10EValue);
    const others = teacherAnswers(key, 5, 120, 'others');
    expect(() => audited(read(others), set, 'reading')).toThrow('"served" expected');
  });

  it('ranks the key among decoys that count the contexts of the key', () => {
    const secret = laboratoryKey('served');
    const run = new AuditRun(secret, {
      access: 'answers',
      served: setOf(served),
      seed: '0'.repeat(64),
      decoys: 20,
    });
    for (const record of answers) run.add(record);
    const { decoys, log10PValue } = run.result({ ...test, minContexts: 100 });
    run.close();
    expect(log10PValue).toBeLessThan(-6);
    expect(decoys).toMatchObject({ count: 20, atLeastAsStrong: 0, alarm: false });
  });
});
