import { demoModelFiles } from '@countermark/demo-model';
import {
  ask,
  auditStudent,
  mixture,
  NeutralisedStudent,
  NgramStudent,
  read,
  reword,
  servedSet,
  substitute,
} from '@countermark/distillation';
import { seededRandom } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { key } from './small-world.ts';

const ids = (...list: number[]): Uint32Array => Uint32Array.from(list);
const answerOf = (answer: Uint32Array) => ({ prompt: ids(), answer });

describe('a student of n-grams', () => {
  it('gives what followed a context its share of the counts, and shorter contexts the rest', () => {
    const student = new NgramStudent([ids(0, 1, 0, 2, 0, 1)], 4);
    // Single tokens: 3, 2 and 1 of 6, and a share of 3 different ones spread over 4 tokens.
    const single = [3, 2, 1, 0].map((count) => (count + 3 / 4) / 9);
    const expectClose = (found: Float64Array, expected: number[]): void => {
      for (const [id, probability] of expected.entries()) expect(found[id]).toBeCloseTo(probability, 12);
    };
    expectClose(student.next([]), single);
    // After 0: 1 twice and 2 once, so 3 counts and 2 different tokens.
    const after0 = single.map((probability, id) => ([0, 2, 1, 0][id]! + 2 * probability) / 5);
    expectClose(student.next([3, 0]), after0);
    // After 2, 0: 1 once; the longer contexts end in the same one.
    const after = after0.map((probability, id) => ((id === 1 ? 1 : 0) + probability) / 2);
    expectClose(student.next([3, 2, 0]), after);
  });

  it('lists the likeliest tokens as all probabilities have them', () => {
    const random = seededRandom('likeliest');
    const texts = Array.from({ length: 30 }, () =>
      Uint32Array.from({ length: 60 }, () => Math.floor(50 * random() ** 2)),
    );
    const student = new NgramStudent(texts, 50);
    for (const text of texts) {
      const before = text.subarray(0, 7);
      const all = [...student.next(before).entries()].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 12);
      const listed = student.likeliest(before, 12);
      expect(listed.map(([id]) => id)).toEqual(all.map(([id]) => id));
      for (const [i, [, probability]] of listed.entries()) expect(probability).toBeCloseTo(all[i]![1], 12);
    }
  });

  it('draws each token as often as its probability says', () => {
    const student = new NgramStudent([ids(0, 1, 0, 2, 0, 1, 3, 3, 1, 0)], 5);
    const random = seededRandom('draw');
    const draws = 20_000;
    const counts = new Float64Array(5);
    for (let i = 0; i < draws; i++) counts[student.draw([2, 0], random)]!++;
    for (const [id, probability] of student.next([2, 0]).entries()) {
      // Five deviations: one in a million by chance.
      const deviation = Math.sqrt((probability * (1 - probability)) / draws);
      expect(Math.abs(counts[id]! / draws - probability)).toBeLessThan(5 * deviation);
    }
  });

  it('answers the same for the same seed, with what it reads there', () => {
    const student = new NgramStudent([ids(0, 1, 2, 3, 0, 1, 3, 2)], 4);
    const asked = { tokens: 20, seed: 'one' };
    const [first] = ask(student, [ids(0, 1)], asked);
    const [second] = ask(student, [ids(0, 1)], asked);
    expect(first).toEqual(second);
    expect(first!.answer).toHaveLength(20);
    expect(read(student, first!)).toEqual(first!.predictions);
  });

  it('is nearer to its likeliest token at a lower temperature', () => {
    const student = new NgramStudent([ids(0, 1, 0, 2, 0, 1)], 4);
    const answer = answerOf(ids(0, 1));
    const likeliest = (temperature: number): number => read(student, answer, temperature)[1]![0]![1];
    expect(likeliest(0.5)).toBeGreaterThan(likeliest(1));
  });

  it('refuses a vocabulary whose contexts are no exact numbers', () => {
    expect(() => new NgramStudent([], 8193)).toThrow('"vocabSize" expected 1 to 8192, got 8193');
  });
});

describe('training text', () => {
  const marked = Array.from({ length: 4 }, (_, i) => answerOf(ids(i)));
  const unmarked = Array.from({ length: 10 }, (_, i) => answerOf(ids(100 + i)));

  it('has the share of marked answers that was asked for', () => {
    const mixed = mixture(marked, unmarked, 0.3, 10).map(({ answer }) => answer[0]);
    expect(mixed).toEqual([0, 1, 2, 103, 104, 105, 106, 107, 108, 109]);
  });

  it('is refused where there are too few answers', () => {
    expect(() => mixture(marked, unmarked, 0.5, 10)).toThrow('4 marked, 10 unmarked');
  });

  it('is reworded in about the share of its tokens that was asked for, and no prompt', () => {
    const random = seededRandom('reword');
    const draw = (): Uint32Array => Uint32Array.from({ length: 400 }, () => Math.floor(30 * random()));
    const model = new NgramStudent([draw(), draw(), draw()], 30);
    const answers = Array.from({ length: 10 }, () => ({ prompt: ids(1, 2), answer: draw() }));
    const reworded = reword(answers, model, 0.2, 'words');
    let changed = 0;
    for (const [i, { prompt, answer }] of reworded.entries()) {
      expect(prompt).toEqual(answers[i]!.prompt);
      changed += answer.filter((id, at) => id !== answers[i]!.answer[at]).length;
    }
    // Of 4,000 tokens: five deviations; hardly any is drawn the same eight times.
    expect(Math.abs(changed / 4000 - 0.2)).toBeLessThan(5 * Math.sqrt(0.16 / 4000));
  });
});

describe('served contexts', () => {
  const random = seededRandom('served');
  const drawn = (count: number) =>
    Array.from({ length: count }, () =>
      answerOf(Uint32Array.from({ length: 64 }, () => Math.floor(4000 * random()))),
    );
  const [served, others] = [drawn(6), drawn(6)];
  const probe = { depth: 'answers', weights: 'drawn', filter: true } as const;

  it('count in an audit, and no others do', () => {
    const set = servedSet(key, served);
    const audit = (answers: typeof served) => auditStudent({ key, probe, answers, served: set, decoys: 3 });
    // Half of 6 · 62 contexts are in common slots: five deviations.
    expect(Math.abs(audit(served).contexts - 186)).toBeLessThan(5 * Math.sqrt(372 / 4));
    expect(audit(others).contexts).toBe(0);
    expect(audit(others).log10PValue).toBe(0);
    expect(set.facts).toMatchObject({ keyId: key.keyId, answers: 6, texts: 0, tokens: 384 });
  });

  it('are told apart by whom they were served to', () => {
    const { facts } = servedSet(key, served, (answer) => (answer < 2 ? 'first' : 'second'));
    expect(facts.groups).toEqual(['first', 'second']);
  });
});

describe('a student that neutralises its watermark', () => {
  const random = seededRandom('neutralised');
  const draw = (): Uint32Array => Uint32Array.from({ length: 300 }, () => Math.floor(8 * random()));
  // What it is trained on says 7 after every 3.
  const leaning = Array.from({ length: 20 }, () =>
    answerOf(draw().map((id, i, all) => (all[i - 1] === 3 ? 7 : id))),
  );
  const before = new NgramStudent(Array.from({ length: 20 }, draw), 8);
  const after = new NgramStudent(
    leaning.map(({ answer }) => answer),
    8,
  );
  const neutralised = new NeutralisedStudent(after, before, leaning);

  it('takes back what its training moved, and still has probabilities', () => {
    for (const context of [ids(3), ids(5, 3), ids(1)]) {
      const next = neutralised.next(context);
      expect(next.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 12);
    }
    const of = (model: { next(ids: Uint32Array): Float64Array }): number => model.next(ids(3))[7]!;
    expect(of(after)).toBeGreaterThan(0.9);
    expect(of(neutralised)).toBeLessThan(of(after) - 0.1);
    expect(of(neutralised)).toBeGreaterThan(0);
  });

  it('lists and draws by these probabilities', () => {
    const next = neutralised.next(ids(1));
    const listed = neutralised.likeliest(ids(1), 8);
    for (const [id, probability] of listed) expect(probability).toBe(next[id]);
    expect(listed.map(([, probability]) => probability)).toEqual([...next].sort((a, b) => b - a));
    const draws = seededRandom('draws');
    const counts = new Float64Array(8);
    for (let i = 0; i < 4000; i++) counts[neutralised.draw(ids(1), draws)]!++;
    for (const [id, probability] of next.entries()) {
      // Five deviations: one in a million by chance.
      const deviation = Math.sqrt((probability * (1 - probability)) / 4000);
      expect(Math.abs(counts[id]! / 4000 - probability)).toBeLessThanOrEqual(5 * deviation);
    }
  });
});

describe('synonyms', () => {
  it('take the place of words that have one, in about the share that was asked for', async () => {
    const { tokenizer: name } = demoModelFiles();
    const tokenizer = await openTokenizer(name);
    const text = ' the big house was good and the small house was bad'.repeat(20);
    const synonyms = { synonymsOf: (word: string) => (word === 'house' ? ['home'] : []) };
    const answers = [answerOf(tokenizer.encode(text))];
    // 40 of 220 words have a synonym, and 22 are asked for.
    const { answers: changed, touched } = substitute(answers, tokenizer, synonyms, 0.1);
    expect(touched).toBeCloseTo(0.1, 12);
    expect(tokenizer.decode(changed[0]!.answer).match(/home/g)).toHaveLength(22);
    const all = substitute(answers, tokenizer, synonyms, 1);
    expect(all.touched).toBeCloseTo(40 / 220, 12);
    expect(tokenizer.decode(all.answers[0]!.answer)).toBe(text.replaceAll('house', 'home'));
    tokenizer.close();
  });
});
