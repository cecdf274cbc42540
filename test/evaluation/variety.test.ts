import {
  type Answer,
  compareVariety,
  type MarkedKind,
  measureVariety,
  quantileOf,
} from '@countermark/evaluation';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';

const answer = (...ids: number[]): Answer => ({
  tokenIds: Uint32Array.from(ids),
  text: ids.map((id) => `word${id}`).join(' '),
});

const counted = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);

describe('measureVariety', () => {
  it('counts different beginnings of 4, 8, 16 and 32 tokens', () => {
    // Four answers of 32 tokens that part after 4, 10 and 20 tokens.
    const first = counted(0, 32);
    const parting = (at: number): number[] => [...first.slice(0, at), ...counted(100 * at, 32 - at)];
    const { openings } = measureVariety(
      [first, parting(4), parting(10), parting(20)].map((ids) => answer(...ids)),
    );
    expect(openings).toEqual([1 / 4, 2 / 4, 3 / 4, 1]);
  });

  it('is the mean share of an answer’s grams that another has, whichever', () => {
    // Of 4-grams: the first has 2, one of them in the second; the second has 2, one shared; the third has 2, none shared.
    const { shared } = measureVariety([answer(1, 2, 3, 4, 5), answer(2, 3, 4, 5, 6), answer(7, 7, 7, 7, 8)]);
    expect(shared[0]).toBeCloseTo((1 / 2 + 1 / 2 + 0) / 3, 15);
    // Five tokens have no 6-gram.
    expect(shared[1]).toBe(0);
  });

  it('does not take an answer’s own repeats for another’s', () => {
    const { shared } = measureVariety([answer(1, 1, 1, 1, 1, 1, 1), answer(2, 3, 4, 5, 6, 7, 8)]);
    expect(shared).toEqual([0, 0]);
  });

  it('finds equal answers as alike as can be, and compresses them further than different ones', () => {
    const random = seededRandom('compression');
    const drawn = (): Answer => answer(...Array.from({ length: 200 }, () => Math.floor(10_000 * random())));
    const one = drawn();
    const alike = measureVariety([one, one, one]);
    expect(alike).toMatchObject({ openings: [1 / 3, 1 / 3, 1 / 3, 1 / 3], shared: [1, 1] });
    expect(alike.compression).toBeGreaterThan(2 * measureVariety([one, drawn(), drawn()]).compression);
  });

  it.each([
    ['one answer', [answer(1, 2)]],
    ['answers of two lengths', [answer(1, 2), answer(1)]],
  ])('refuses %s', (_, answers) => {
    expect(() => measureVariety(answers)).toThrow('"answers" expected two or more of one length');
  });
});

describe('compareVariety', () => {
  const same = [answer(...counted(0, 40)), answer(...counted(0, 40))];
  const different = [answer(...counted(0, 40)), answer(...counted(500, 40))];
  const cluster = (marked: readonly Answer[], kinds: readonly MarkedKind[] = ['one account']) => ({
    unmarked: different,
    marked: new Map(kinds.map((kind) => [kind, marked] as const)),
  });
  const compare = (...clusters: ReturnType<typeof cluster>[]) =>
    compareVariety(clusters, { random: seededRandom(1) });

  it('keeps the figure of every prompt, so that one bad prompt is seen', () => {
    const { kinds, ...rest } = compare(cluster(different), cluster(same), cluster(different));
    expect(rest).toEqual({ prompts: 3, answers: 2, tokens: 40 });
    const figure = kinds[0]?.figures.find(({ name }) => name === 'openings-8');
    expect(figure).toMatchObject({ marked: [1, 0.5, 1], unmarked: [1, 1, 1] });
    expect(figure?.mean.difference.value).toBeCloseTo(-1 / 6, 12);
    expect(quantileOf(figure?.marked ?? [], 0)).toBe(0.5);
  });

  it('names every figure', () => {
    const [{ figures } = { figures: [] }] = compare(cluster(same), cluster(same)).kinds;
    expect(figures.map(({ name }) => name)).toEqual([
      ...['openings-4', 'openings-8', 'openings-16', 'openings-32'],
      ...['shared-4', 'shared-6', 'compression'],
    ]);
  });

  it('compares the kinds that every prompt has', () => {
    const kinds = ['one account', 'several keys'] as const;
    const { kinds: compared } = compare(cluster(same, kinds), cluster(same));
    expect(compared.map(({ kind }) => kind)).toEqual(['one account']);
  });

  it('takes prompts whose answers are shorter, as where a context is full', () => {
    const short = (group: readonly Answer[]) =>
      group.map(({ tokenIds }) => answer(...tokenIds.subarray(0, 30)));
    const shorter = { unmarked: short(different), marked: new Map([['one account', short(same)] as const]) };
    expect(compare(cluster(same), shorter)).toMatchObject({ tokens: 30 });
  });

  it('refuses one prompt, and answers that are fewer or shorter than the others', () => {
    const wrong = '"clusters" expected two prompts or more';
    expect(() => compare(cluster(same))).toThrow(wrong);
    expect(() => compare(cluster(same), cluster([...same, ...same]))).toThrow(wrong);
    expect(() => compare(cluster(same), cluster([answer(1, 2), answer(1, 2)]))).toThrow(wrong);
  });
});

describe('quantileOf', () => {
  it('is a figure that at least the share does not exceed', () => {
    const figures = [5, 1, 4, 2, 3, 10, 9, 8, 7, 6];
    expect([0, 0.1, 0.5, 0.9, 1].map((share) => quantileOf(figures, share))).toEqual([1, 1, 5, 9, 10]);
  });
});
