/** The laboratory in small: an n-gram model of human text teaches, and its students are audited. */
import { demoModelFiles } from '@countermark/demo-model';
import { givenOf, keyOf, Laboratory, MAIN_MARK, NgramStudent, ngramAnswers } from '@countermark/distillation';
import { humanDocuments } from '@countermark/fixtures';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, describe, expect, it } from 'vitest';

const ANSWERS = 40;
const TOKENS = 64;

const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
afterAll(() => tokenizer.close());
const documents = humanDocuments('prose', 400)
  .slice(0, 900)
  .map((text) => tokenizer.encode(text));
const prompts = documents.map((ids) => ids.slice(0, 8));
const human = new NgramStudent(documents, tokenizer.vocabSize);
const { vocabSize, fingerprint } = tokenizer;
const key = keyOf(MAIN_MARK, tokenizer);
const answers = (under: typeof key | undefined, from: number, count: number) =>
  ngramAnswers(human, under, prompts.slice(from, from + count), TOKENS, `taught ${from}`);

const unmarked = answers(undefined, 0, ANSWERS);
const marked = answers(key, 200, ANSWERS);
const main = { mark: MAIN_MARK, served: marked, unseen: [] };
const lab = new Laboratory({
  tokenizer: { vocabSize, fingerprint },
  answers: ANSWERS,
  unmarked,
  prompts: prompts.slice(500, 540),
  decoys: 0,
});

const PROBES = [
  { depth: 'answers', weights: 'drawn', filter: true },
  { depth: 'answers', weights: 'five', filter: true },
  { depth: 'served', weights: 'twenty', filter: false },
] as const;

describe('a student of n-grams', () => {
  it('is found where a quarter or all of its text was marked, and under no wrong key', () => {
    const wrong = { ...main, mark: { ...MAIN_MARK, name: 'wrong' } };
    for (const share of [0.25, 1]) {
      const suspect = lab.student(MAIN_MARK.name, main.served, share);
      const given = givenOf(main, share, ANSWERS);
      for (const row of lab.audit(suspect, main, given, { probes: PROBES })) {
        expect(row.log10PValue, `${share}, ${row.depth}, ${row.weights}`).toBeLessThan(-5);
        expect(row.log10EValue).toBeGreaterThan(5);
      }
      for (const row of lab.audit(suspect, wrong, given, { probes: PROBES })) {
        expect(row.contexts).toBeGreaterThan(10);
        expect(row.log10PValue, `wrong key, ${row.depth}, ${row.weights}`).toBeGreaterThan(-4);
      }
    }
  });

  it('is not found where none of it was', () => {
    const suspect = lab.student(MAIN_MARK.name, main.served, 0);
    for (const row of lab.audit(suspect, main, givenOf(main, 0.25, ANSWERS), { probes: PROBES })) {
      expect(row.contexts).toBeGreaterThan(10);
      expect(row.log10PValue, `${row.depth}, ${row.weights}`).toBeGreaterThan(-4);
    }
  });
});
