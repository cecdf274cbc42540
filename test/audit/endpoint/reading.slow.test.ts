import { AuditError, ModelAudit, type Question, RecordReader } from '@countermark/audit';
import { describe, expect, it } from 'vitest';
import { BYTE_TOKENIZER } from '../../support/byte-tokenizer.ts';
import type { Asked, Reply } from '../../support/scripted-endpoint.ts';
import { LETTERS, Student, teacherAnswers } from '../laboratory.ts';
import { endpointDesk, key } from './audited.ts';

const { audited, scripted } = endpointDesk();
const ASKED = 8;

const plain = teacherAnswers(undefined, 200, 80, 'read plain');
const served = teacherAnswers(key, 60, 80, 'read served');
const innocent = new Student(plain);
const distilled = new Student([...plain, ...served]);
const texts = served.map((ids): Question => ({ read: LETTERS.decode(ids) }));

/** The likeliest tokens and the one that came, as endpoints give them. */
function likeliestAnd(probabilities: Float64Array, id: number): [number, number][] {
  const top = [...probabilities.entries()].sort((a, b) => b[1] - a[1]).slice(0, ASKED);
  if (!top.some(([other]) => other === id)) top.push([id, probabilities[id] ?? 0]);
  return top.map(([other, p]) => [other, Math.log(p)]);
}

/** Completions of a student that echo their prompt. */
const echoing =
  (student: Student, cut: (ids: number[]) => number[] = (ids) => ids) =>
  ({ prompt }: Asked): Reply => {
    const ids = cut([...LETTERS.encode(prompt)]);
    const letter = (id: number): string => LETTERS.decode([id]);
    const lists = ids.map((id, at) =>
      at === 0
        ? null
        : likeliestAnd(student.next(ids.slice(0, at)), id).map(([other, of]) => [letter(other), of]),
    );
    const logprobs = {
      tokens: [...ids.map(letter), letter(0)],
      token_logprobs: [...ids.map((_, i) => (i === 0 ? null : -1)), -1],
      top_logprobs: [...lists.map((list) => (list === null ? null : Object.fromEntries(list))), {}],
    };
    return {
      body: {
        model: 'student',
        choices: [{ text: prompt, logprobs, finish_reason: 'length' }],
        usage: { prompt_tokens: ids.length, completion_tokens: 1 },
      },
    };
  };

/** The same as vLLM gives it. */
const listing =
  (student: Student) =>
  ({ prompt }: Asked): Reply => {
    const ids = [...LETTERS.encode(prompt)];
    const lists = ids.map((id, at) =>
      at === 0
        ? null
        : Object.fromEntries(
            likeliestAnd(student.next(ids.slice(0, at)), id).map(([other, logprob], rank) => [
              other,
              { logprob, rank: rank + 1, decoded_token: LETTERS.decode([other]) },
            ]),
          ),
    );
    return { body: { model: 'student', choices: [{ text: 'x', prompt_logprobs: lists }] } };
  };

const trial = (readBy: 'echo' | 'prompt-logprobs') => ({
  questions: texts,
  terms: { access: 'reading', statistic: 'probabilities' } as const,
  endpoint: { api: 'completions', readBy, logprobs: ASKED } as const,
});

describe('reading through an endpoint', () => {
  it.each([
    ['echo', echoing],
    ['prompt-logprobs', listing],
  ] as const)('finds the trace by %s, and none in an innocent model', async (readBy, made) => {
    const endpoint = await scripted(made(distilled));
    const found = await audited(endpoint.url, trial(readBy));
    expect(found).toMatchObject({ verdict: 'trace-found', basis: 'e-value', access: 'reading' });
    expect(endpoint.asked[0]).toMatchObject({ path: '/v1/completions', body: { max_tokens: 1 } });
    const none = await audited((await scripted(made(innocent))).url, trial(readBy));
    expect(none.verdict).toBe('none-found');
    expect(none.log10EValue).toBeLessThan(1);
  });

  it('gives the same by either way', async () => {
    const [echo, listed] = await Promise.all([
      audited((await scripted(echoing(distilled))).url, trial('echo')),
      audited((await scripted(listing(distilled))).url, trial('prompt-logprobs')),
    ]);
    expect(listed.log10EValue).toBe(echo.log10EValue);
    expect(listed.counts).toEqual(echo.counts);
  });

  it('counts only what does not depend on the token that came: with it, an innocent model is accused', () => {
    // A model that knows nothing, and lists every token as likely; its endpoint adds the one that came.
    const reader = new RecordReader(LETTERS);
    const fair = new ModelAudit(key, { access: 'reading' });
    const unfair = new ModelAudit(key, { access: 'reading' });
    for (const ids of served) {
      const listed = Array.from(ids, (id, at): [number, number][] => {
        const likely = Array.from({ length: ASKED }, (_, i): [number, number] => [
          (7 * at + i) % 60,
          0.05 - i / 1000,
        ]);
        return likely.some(([other]) => other === id) ? likely : [...likely, [id, 0.03]];
      });
      const tokens = listed.map((list, at) => ({
        token: LETTERS.decode([ids[at] ?? 0]),
        logprob: -1,
        top: at === 0 ? [] : list.map(([id, p]) => ({ token: LETTERS.decode([id]), logprob: Math.log(p) })),
      }));
      fair.add(reader.read({ answer: LETTERS.decode(ids), tokens, asked: ASKED }));
      unfair.add({ tokenIds: ids, predictions: listed });
    }
    expect(fair.tally.log10EValue()).toBeLessThan(1);
    expect(unfair.tally.log10EValue()).toBeGreaterThan(6);
    fair.close();
    unfair.close();
  });

  it('takes lists that are a function of the text before, whatever token came and however they tie', () => {
    const reader = new RecordReader(LETTERS);
    // Eight likeliest, the last five as likely as each other and as tokens that are not listed.
    const likely = [40, 30, 20, 10, 10, 10, 10, 10].map((percent, i) => [i, percent / 200] as const);
    const read = (id: number) => {
      const list = likely.some(([other]) => other === id) ? likely : [...likely, [id, 0.05] as const];
      const top = list.map(([other, p]) => ({ token: LETTERS.decode([other]), logprob: Math.log(p) }));
      const answer = LETTERS.decode([50, id]);
      const tokens = [
        { token: LETTERS.decode([50]), logprob: null, top: [] },
        { token: LETTERS.decode([id]), logprob: -1, top },
      ];
      return reader.read({ answer, tokens, asked: ASKED }).predictions?.[1];
    };
    const [first] = [read(0)];
    expect(first?.map(([id]) => id)).toEqual([0, 1, 2]);
    for (const id of [3, 7, 8, 60, 119]) expect(read(id)).toEqual(first);
  });

  it('takes parts of characters as vLLM echoes them, and no list within a character', () => {
    const text = 'a€b';
    const bytes = [...Buffer.from(text)];
    const listed = ['a', 'b', 'c', 'd', 'e'].map((token, i) => ({ token, logprob: -2 - i }));
    const read = (tokens: readonly string[]) =>
      new RecordReader(BYTE_TOKENIZER).read({
        answer: text,
        asked: 4,
        tokens: tokens.map((token, i) => ({ token, logprob: -1, top: i === 0 ? [] : listed })),
      }).predictions;
    const half = [97, 98].map((id, i) => [id, Math.exp(-2 - i)]);
    const predictions = read(['a', '', '', '€', 'b']);
    expect(predictions).toHaveLength(bytes.length);
    expect(predictions).toEqual([undefined, half, undefined, undefined, half]);
    expect(() => read(['a', '', '', '£', 'b'])).toThrow("the key's token at position 3");
  });

  it('takes tokens that are told by their numbers', async () => {
    const numbers = (asked: Asked): Reply => {
      const { body } = echoing(distilled)(asked) as {
        body: { choices: { logprobs: { tokens: string[]; top_logprobs: (object | null)[] } }[] };
      };
      const number = (letter: string): string => `token_id:${LETTERS.encode(letter)[0]}`;
      const logprobs = body.choices[0]!.logprobs;
      logprobs.tokens = logprobs.tokens.map(number);
      logprobs.top_logprobs = logprobs.top_logprobs.map(
        (list) => list && Object.fromEntries(Object.entries(list).map(([letter, p]) => [number(letter), p])),
      );
      return { body };
    };
    const named = await audited((await scripted(echoing(distilled))).url, trial('echo'));
    const numbered = await audited((await scripted(numbers)).url, trial('echo'));
    expect(numbered.log10EValue).toBe(named.log10EValue);
    // Of an answer nobody knows whose numbers they are.
    const { endpoint } = trial('echo');
    const { readBy: _, ...drawn } = endpoint;
    const answered = audited((await scripted(numbers)).url, { endpoint: { ...drawn, logprobs: 5 } });
    await expect(answered).rejects.toThrow('return_tokens_as_token_ids');
  });

  it('ends where a text is cut in another way, naming the text', async () => {
    const endpoint = await scripted(echoing(distilled, (ids) => ids.with(5, ((ids[5] ?? 0) + 1) % 100)));
    await expect(audited(endpoint.url, trial('echo'))).rejects.toThrow(AuditError);
    await expect(audited(endpoint.url, trial('echo'))).rejects.toThrow(/text 1: .*position 5/);
    const longer = await scripted(echoing(distilled, (ids) => [...ids, 1, 2]));
    await expect(audited(longer.url, trial('echo'))).rejects.toThrow('cuts the text in another way');
  });

  it('takes a token that begins every text', async () => {
    const endpoint = await scripted((asked) => {
      const { body } = listing(distilled)(asked) as { body: { choices: { prompt_logprobs: unknown[] }[] } };
      const [choice] = body.choices;
      const lists = choice?.prompt_logprobs.slice(1) ?? [];
      const first = Object.fromEntries(
        [...LETTERS.encode(asked.prompt).subarray(0, 1), 100, 101, 102, 103, 104, 105, 106].map((id) => [
          id,
          { logprob: -3, decoded_token: LETTERS.decode([id]) },
        ]),
      );
      return { body: { ...body, choices: [{ prompt_logprobs: [null, first, ...lists] }] } };
    });
    expect((await audited(endpoint.url, trial('prompt-logprobs'))).verdict).toBe('trace-found');
  });

  it('ends where an endpoint lists fewer than it takes to know them', async () => {
    const endpoint = await scripted((asked) => {
      const { body } = echoing(distilled)(asked) as {
        body: { choices: { logprobs: { top_logprobs: (Record<string, number> | null)[] } }[] };
      };
      for (const list of body.choices[0]?.logprobs.top_logprobs ?? [])
        for (const name of Object.keys(list ?? {}).slice(5)) delete list?.[name];
      return { body };
    });
    await expect(audited(endpoint.url, trial('echo'))).rejects.toThrow('the likelier half cannot be told');
  });
});
