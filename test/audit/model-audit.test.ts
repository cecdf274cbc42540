import { type AuditRecord, auditResult, ModelAudit, type ModelAuditResult } from '@countermark/audit';
import type { WatermarkKey } from '@countermark/watermark';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { laboratoryKey, Student, teacherAnswers, VOCABULARY } from './laboratory.ts';

const SOFTWARE = { countermark: 'test', textUnicode: '16.0' };
const key = laboratoryKey('served');
const wrong = laboratoryKey('wrong');
let served: Uint32Array[];
let innocentStudent: Student;
let distilled: Student;
const audits: ModelAudit[] = [];

beforeAll(() => {
  served = teacherAnswers(key, 200, 120, 'served');
  const plain = teacherAnswers(undefined, 400, 120, 'plain');
  innocentStudent = new Student(plain);
  // A third of what it learnt from was marked.
  distilled = new Student([...plain, ...served]);
});
afterEach(() => {
  for (const audit of audits.splice(0)) audit.close();
});

function audited(
  records: readonly AuditRecord[],
  {
    access = 'answers',
    of = key,
    prompts = [],
  }: { access?: 'answers' | 'reading'; of?: WatermarkKey; prompts?: readonly Uint32Array[] } = {},
): ModelAuditResult {
  const audit = new ModelAudit(of, { access });
  audits.push(audit);
  for (const prompt of prompts) audit.exclude(prompt);
  for (const record of records) audit.add(record);
  return auditResult(audit, of, { software: SOFTWARE, inputs: [] });
}

function answersOf(student: Student, count: number, withProbabilities: boolean): AuditRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const { tokenIds, predictions } = student.answer(150, `asked ${i}`);
    return withProbabilities ? { tokenIds, predictions } : { tokenIds };
  });
}

describe('an audit of answers', () => {
  it('finds the trace in the tokens that the student drew, and none under another key or in an innocent student', () => {
    const records = answersOf(distilled, 150, false);
    const found = audited(records);
    expect(found).toMatchObject({
      object: 'model-audit',
      verdict: 'trace-found',
      basis: 'law',
      finding: {
        object: 'model-audit',
        nullHypothesis: 'the model was made without access to the key or to anything that depends on it',
        level: 1e-6,
        keys: [{ keyId: key.keyId }],
      },
    });
    expect(found.statistic.zScore).toBeGreaterThan(5);
    expect(found.strength?.atLeast).toBeGreaterThan(0);
    expect(audited(records, { of: wrong }).verdict).toBe('none-found');
    const innocent = audited(answersOf(innocentStudent, 150, false));
    expect(innocent.verdict).toBe('none-found');
    expect(innocent.log10PValue).toBeGreaterThan(-3);
  });

  it('finds it in fewer answers where the endpoint gives probabilities', () => {
    const tokens = audited(answersOf(distilled, 150, false));
    const soft = audited(answersOf(distilled, 150, true));
    expect(soft.log10PValue).toBeLessThan(tokens.log10PValue);
    expect(soft.log10EValue).toBeGreaterThan(6);
    expect(audited(answersOf(distilled, 150, true), { of: wrong }).log10EValue).toBeLessThan(2);
  });

  it('counts each context once, and leaves out repeated, empty and short answers', () => {
    const [record] = answersOf(distilled, 1, false);
    const once = audited([record!]);
    const again = audited([
      record!,
      record!,
      { tokenIds: new Uint32Array() },
      { tokenIds: Uint32Array.of(1) },
    ]);
    expect(again.counts).toEqual({
      ...once.counts,
      records: 4,
      repeated: 1,
      empty: 1,
      tokens: 151,
      withoutContext: 3,
    });
    expect(again.log10PValue).toBe(once.log10PValue);
    expect(once.counts.contexts + once.counts.seen + once.counts.otherSlots).toBe(148);
    expect(once.verdict).toBe('inconclusive');
  });

  it('is not misled by a model that repeats the marked answers it was given', () => {
    // Each prompt quotes an answer that was served, and the model says it again.
    const parrot = served.slice(0, 60).map((text) => ({ before: [text], tokenIds: text.slice(1) }));
    const prompts = parrot.flatMap(({ before }) => before);
    expect(audited(parrot, { prompts }).counts.contexts).toBe(0);
    // What it would look like if prompts were forgotten.
    expect(audited(parrot.map(({ tokenIds }) => ({ tokenIds }))).log10PValue).toBeLessThan(-50);
  });

  it('excludes the contexts of every prompt from every answer, also of prompts that come later', () => {
    const [quoted, other] = served as [Uint32Array, Uint32Array];
    const records = [{ tokenIds: quoted }, { before: [quoted], tokenIds: other }];
    const late = audited(records);
    const early = audited(records, { prompts: [quoted] });
    // What was counted before its prompt was known leaves the e-value, and no exact law.
    expect(late).toMatchObject({
      basis: 'e-value',
      strength: undefined,
      log10PValue: Math.min(0, -late.log10EValue) + 0,
    });
    expect(late.counts.shownLater).toBeGreaterThan(0);
    expect(early).toMatchObject({ basis: 'law', counts: { shownLater: 0 } });
    expect(late.counts.contexts).toBeGreaterThan(early.counts.contexts);
    const others = audited([{ tokenIds: other }], { prompts: [quoted] });
    expect(early.counts.contexts).toBe(others.counts.contexts);
  });
});

describe('an audit of what a model predicts', () => {
  it('finds the trace while it reads served answers, and more with a reference', () => {
    const read = (student: Student, texts: readonly Uint32Array[], reference?: Student): AuditRecord[] =>
      texts.map((tokenIds) => ({
        tokenIds,
        predictions: student.read(tokenIds),
        ...(reference === undefined ? {} : { reference: reference.read(tokenIds) }),
      }));
    const texts = served;
    const soft = audited(read(distilled, texts), { access: 'reading' });
    expect(soft).toMatchObject({ verdict: 'trace-found', basis: 'e-value', strength: undefined });
    const difference = audited(read(distilled, texts, innocentStudent), { access: 'reading' });
    expect(difference.verdict).toBe('trace-found');
    expect(difference.log10EValue).toBeGreaterThan(soft.log10EValue);
    // An innocent model that reads text with the mark.
    expect(audited(read(innocentStudent, texts), { access: 'reading' }).log10EValue).toBeLessThan(2);
    expect(audited(read(distilled, texts), { access: 'reading', of: wrong }).log10EValue).toBeLessThan(2);
  });

  it('does not count a context that the model has read before: it could copy what followed', () => {
    // The same passage twice; the copyist is sure of what came after a context the last time.
    const copyist: AuditRecord[] = served.slice(0, 40).map((passage) => {
      const tokenIds = Uint32Array.from([...passage, ...passage]);
      const last = new Map<string, number>();
      const predictions = Array.from(tokenIds, (id, at) => {
        const context = tokenIds.subarray(at - 2, at).join();
        const next = at < 2 ? undefined : last.get(context);
        last.set(context, id);
        return next === undefined ? undefined : ([[next, 1]] as const);
      });
      return { tokenIds, predictions };
    });
    const found = audited(copyist, { access: 'reading' });
    expect(found.counts.contexts).toBe(0);
    expect(found.log10EValue).toBe(0);
  });
});

describe('what an audit refuses', () => {
  const tokenIds = Uint32Array.of(1, 2, 3);
  it.each<[string, AuditRecord]>([
    ['a list of another length', { tokenIds, predictions: [undefined] }],
    [
      'probabilities of more than 1',
      {
        tokenIds,
        predictions: [
          undefined,
          undefined,
          [
            [1, 0.7],
            [2, 0.5],
          ],
        ],
      },
    ],
    ['a probability below 0', { tokenIds, predictions: [undefined, undefined, [[1, -0.1]]] }],
    [
      'a token twice',
      {
        tokenIds,
        predictions: [
          undefined,
          undefined,
          [
            [1, 0.1],
            [1, 0.2],
          ],
        ],
      },
    ],
    ['a token that is none', { tokenIds, predictions: [undefined, undefined, [[0.5, 0.1]]] }],
    ['NaN', { tokenIds, predictions: [undefined, undefined, [[1, Number.NaN]]] }],
  ])('%s', (_, record) => {
    const audit = new ModelAudit(key, { access: 'answers' });
    audits.push(audit);
    expect(() => audit.add(record)).toThrow(RangeError);
    expect(audit.counts.records).toBe(0);
  });

  it("an id that is not the vocabulary's, by its position", () => {
    const audit = new ModelAudit(key, { access: 'answers' });
    audits.push(audit);
    expect(() => audit.add({ tokenIds: Uint32Array.of(1, VOCABULARY) })).toThrow('position 1');
    expect(() => audit.exclude(Uint32Array.of(VOCABULARY))).toThrow('position 0');
  });

  it('a text that was read without predictions', () => {
    const audit = new ModelAudit(key, { access: 'reading' });
    audits.push(audit);
    expect(() => audit.add({ tokenIds })).toThrow('"predictions"');
  });
});
