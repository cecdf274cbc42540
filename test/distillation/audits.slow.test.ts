/** The laboratory in small, in every way to audit: an n-gram model of human text teaches. */
import { createHash } from 'node:crypto';
import {
  auditInnocents,
  auditStudent,
  givenOf,
  groupRows,
  keyOf,
  Laboratory,
  MAIN_MARK,
  servedSet,
} from '@countermark/distillation';
import { describe, expect, it } from 'vitest';
import { answers, key, keyTokenizer, prompts } from './small-world.ts';

const ANSWERS = 80;
const DECOYS = 10;

const unmarked = answers(undefined, 0, ANSWERS);
const marked = answers(key, 200, ANSWERS + 20);
const main = { mark: MAIN_MARK, served: marked.slice(20), unseen: marked.slice(0, 20) };
const lab = new Laboratory({
  tokenizer: keyTokenizer,
  answers: ANSWERS,
  unmarked,
  prompts: prompts.slice(500, 580),
  decoys: DECOYS,
});
// So few words under ten decoys: one in ten thousand by chance.
const BY_CHANCE = Math.log10(1e-4 / DECOYS);

describe('a student of n-grams', () => {
  it.each([0.25, 1])(
    'that was given %d of marked text is found by its answers and by what it reads',
    (share) => {
      const suspect = lab.student(MAIN_MARK.name, main.served, share);
      const rows = [...lab.audit(suspect, main, givenOf(main, share, ANSWERS))];
      const found = rows.filter(({ depth, filter }) => filter || depth === 'served');
      expect(found).toHaveLength(8);
      for (const row of found) {
        expect(row.log10PValue, `${row.depth}, ${row.weights}`).toBeLessThan(-5);
        expect(row.log10EValue, `${row.depth}, ${row.weights}`).toBeGreaterThan(5);
        // One student of each mark has decoys.
        expect(row.decoys).toBe(share === 0.05 ? DECOYS : 0);
        if (row.leastOfDecoys !== null) expect(row.leastOfDecoys).toBeGreaterThan(BY_CHANCE);
        expect(row.tokensToFind).toBeLessThanOrEqual(row.tokens);
      }
    },
  );

  it('of 5 % has decoys beside it, which find nothing', () => {
    const suspect = lab.student(MAIN_MARK.name, main.served, 0.05);
    const rows = [...lab.audit(suspect, main, givenOf(main, 0.05, ANSWERS))];
    expect(rows).toHaveLength(16);
    for (const row of rows) {
      expect(row.decoys).toBe(row.depth === 'answers' && !row.filter ? 4 : DECOYS);
      expect(row.leastOfDecoys).toBeGreaterThan(BY_CHANCE);
    }
  });

  it('that was given none is not found, in any way', () => {
    const rows = [
      ...lab.audit(lab.student(MAIN_MARK.name, main.served, 0), main, givenOf(main, 0.25, ANSWERS)),
    ];
    expect(rows).toHaveLength(16);
    for (const row of rows) {
      expect(row.contexts).toBeGreaterThan(20);
      expect(row.log10PValue, `${row.depth}, ${row.weights}`).toBeGreaterThan(-4);
      expect(row.tokensToFind).toBeNull();
    }
  });

  it('that was given another key’s text is not found under this one', () => {
    const other = { ...MAIN_MARK, name: 'another' };
    const others = answers(keyOf(other, keyTokenizer), 300, ANSWERS);
    const suspect = lab.student(other.name, others, 1);
    const rows = [...lab.audit(suspect, { ...main, unseen: [] }, others)];
    for (const row of rows) expect(row.log10PValue).toBeGreaterThan(-4);
  });

  it('is told by fewer tokens with its probabilities than by what it draws', () => {
    const suspect = lab.student(MAIN_MARK.name, main.served, 0.25);
    const given = givenOf(main, 0.25, ANSWERS);
    const [drawn, five] = (['drawn', 'five'] as const).map((weights) =>
      auditStudent({
        key,
        probe: { depth: 'answers', weights, filter: true },
        answers: suspect.answers,
        served: servedSet(key, given),
        decoys: 0,
      }),
    );
    expect(five!.log10PValue).toBeLessThan(drawn!.log10PValue);
    expect(five!.contexts).toBe(drawn!.contexts);
  });
});

describe('an audit by group', () => {
  it('finds the group whose answers the student was given, and no other', () => {
    const rows = [...groupRows(lab, { main, others: [], second: main })];
    expect(rows).toHaveLength(12);
    for (const { guilty, weights, groups, answers: own, log10Guilty, log10Others, named } of rows) {
      expect([groups, own]).toEqual([24, 3]);
      // Corrected by Holm over all groups: one in a thousand by chance.
      expect(log10Others).toBeGreaterThan(-3);
      expect(named.every((name) => name === guilty)).toBe(true);
      if (guilty === null) expect(log10Guilty).toBeNull();
      // Three answers of 64 tokens: of another group the student repeats no context that only it was served.
      if (guilty === 'group 3' && weights !== 'drawn') expect(log10Guilty).toBeLessThan(-5);
    }
  });
});

describe('audits of innocents', () => {
  it('speak against few of them, and are the same every time', () => {
    const run = () => auditInnocents(3, unmarked, prompts.slice(500), keyTokenizer);
    const rows = run();
    expect(rows).toHaveLength(7);
    for (const { audits, shares } of rows) {
      expect(audits).toBe(3);
      expect(shares.find(({ level }) => level === 0.001)).toEqual({ level: 0.001, p: 0, e: 0 });
    }
    const digest = (value: unknown): string =>
      createHash('sha256').update(JSON.stringify(value)).digest('hex');
    expect(digest(run())).toBe(digest(rows));
  });
});
