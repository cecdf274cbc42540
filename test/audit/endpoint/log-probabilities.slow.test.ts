import { AuditRun, type EndpointAuditResult, RecordReader, readJournalRecords } from '@countermark/audit';
import { describe, expect, it } from 'vitest';
import { type Asked, chatAnswer, type Reply } from '../../support/scripted-endpoint.ts';
import { LETTERS, laboratoryKey, Student, teacherAnswers } from '../laboratory.ts';
import { endpointDesk, key, SOFTWARE } from './audited.ts';

const { audited, newJournal, scripted } = endpointDesk();
const ANSWERS = 40;

const plain = teacherAnswers(undefined, 300, 80, 'asked plain');
const served = teacherAnswers(key, 150, 80, 'asked served');
const distilled = new Student([...plain, ...served]);
const innocent = new Student(plain);
const letter = (id: number): string => LETTERS.decode([id]);

/** An endpoint of a student, which lists its five likeliest tokens at each step. */
const of =
  (student: Student) =>
  ({ body }: Asked): Reply => {
    const { tokenIds, predictions } = student.answer(120, `asked ${body['seed']}`);
    const tokens = Array.from(tokenIds, (id, at) => ({
      token: letter(id),
      logprob: Math.log(student.next(tokenIds.subarray(0, at))[id] ?? 0),
      top: (predictions[at] ?? []).map(([other, p]) => [letter(other), Math.log(p)] as const),
    }));
    const isListed = body['logprobs'] === true;
    return { body: chatAnswer(LETTERS.decode(tokenIds), isListed ? { tokens } : {}) };
  };

async function auditOf(
  script: (asked: Asked) => Reply,
  logprobs: number,
  trial = {},
): Promise<EndpointAuditResult> {
  const endpoint = await scripted(script);
  return audited(endpoint.url, {
    prompts: ANSWERS,
    endpoint: { logprobs, seed: 1, maxTokens: 120 },
    terms: { alpha: 1e-6 },
    ...trial,
  });
}

describe('an audit of an endpoint with log-probabilities', () => {
  it('finds the trace in fewer answers than by the tokens drawn, and none in an innocent model or under another key', async () => {
    const soft = await auditOf(of(distilled), 5);
    expect(soft).toMatchObject({ verdict: 'trace-found', basis: 'law', endpoint: { ended: 'complete' } });
    const drawn = await auditOf(of(distilled), 0);
    expect(soft.log10PValue).toBeLessThan(drawn.log10PValue);
    expect((await auditOf(of(innocent), 5)).verdict).toBe('none-found');
    expect((await auditOf(of(distilled), 5, { of: laboratoryKey('another') })).verdict).toBe('none-found');
    const { lists, positions, listedMass, mappedMass } = soft.endpoint.mapping;
    expect(positions).toBe(lists);
    expect(lists).toBe(ANSWERS * 120);
    expect(mappedMass).toBeCloseTo(listedMass, 9);
  });

  it('has no predictions where lists are missing or of other tokens, and counts the rest by its law', async () => {
    const endpoint = of(distilled);
    const journal = newJournal();
    const result = await auditOf(
      (asked) => {
        const reply = endpoint(asked);
        const [choice] = (
          reply.body as { choices: { logprobs: { content: { token: string; bytes: number[] }[] } | null }[] }
        ).choices;
        if (choice === undefined) return reply;
        if (asked.number % 4 === 1) choice.logprobs = null;
        if (asked.number % 4 === 2)
          for (const token of choice.logprobs?.content ?? [])
            Object.assign(token, { token: letter(0), bytes: [...Buffer.from(letter(0))] });
        if (asked.number % 4 === 3) choice.logprobs?.content.splice(60);
        return reply;
      },
      5,
      { concurrency: 1, journal },
    );
    const { counts, endpoint: report } = result;
    expect(result.basis).toBe('law');
    expect(counts.records).toBe(ANSWERS);
    expect(counts.unpredicted).toBeGreaterThan(0);
    // Ten answers of 120 lists, ten of 120 that spell something else, ten of 60.
    expect(report.mapping.lists).toBe(10 * (120 + 120 + 60));
    expect(report.mapping.positions).toBeLessThan(10 * (120 + 60 + 10));
    expect(report.mapping.mappedMass).toBeLessThan(report.mapping.listedMass);
    // Words are those of lists, and never of the tokens drawn alone.
    expect(counts.words).toBeGreaterThan(2 * counts.contexts);
    // Records that somebody collected come to the same.
    const reader = new RecordReader(LETTERS);
    const run = new AuditRun(key, { access: 'answers', decoys: 0, seed: '0'.repeat(64) });
    const collected: unknown[] = [];
    for await (const record of (await readJournalRecords(journal)).records()) collected.push(record);
    for (const record of collected) for (const text of reader.readBefore(record)) run.exclude(text);
    for (const record of collected) run.add(reader.read(record));
    const offline = run.result({ software: SOFTWARE, inputs: [], alpha: 1e-6, minContexts: 10 });
    run.close();
    const { endpoint: _, terms: __, ...online } = result;
    expect(offline).toEqual(online);
    expect(reader.mapping).toEqual(report.mapping);
  });

  it('ends after the first answer where the endpoint gives none', async () => {
    const endpoint = await scripted((asked) => ({ body: chatAnswer(letter(asked.number)) }));
    await expect(audited(endpoint.url, { endpoint: { logprobs: 5 } })).rejects.toThrow(
      'gives no log-probabilities',
    );
    expect(endpoint.asked).toHaveLength(1);
  });
});
