/** The laboratory in small: an n-gram model of human text teaches, and its students are audited. */
import { givenOf, Laboratory, MAIN_MARK } from '@countermark/distillation';
import { describe, expect, it } from 'vitest';
import { answers, key, keyTokenizer, prompts } from './small-world.ts';

const ANSWERS = 40;

const unmarked = answers(undefined, 0, ANSWERS);
const marked = answers(key, 200, ANSWERS);
const main = { mark: MAIN_MARK, served: marked, unseen: [] };
const lab = new Laboratory({
  tokenizer: keyTokenizer,
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
