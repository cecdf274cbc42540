/** Pauses between the marks of a response: docs/spec.md section 5.1. */
import { type Generation, seededRandom, Watermarker } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { rankNaively } from '../sampling/naive-ranking.ts';
import { keyFrom, randomLogits, SCHEMES } from '../support/random-key.ts';

const VOCAB = 60;
const WIDTH = 3;
const START = 16;

const [scheme] = SCHEMES;
if (scheme === undefined) throw new Error('there is a scheme');
// Every slot is common, so that each step is marked that may be.
const key = keyFrom('pauses', VOCAB, { scheme, contextWidth: WIDTH, commonShare: 1, accountShare: 0 });

interface StepMade {
  readonly isMarked: boolean;
  /** Bits that its token had, by a softmax of the test's own. */
  readonly bits: number;
  readonly spentBits: number;
}

/** Generates, and says of each step what became of it. */
function stepsOf(generation: Generation, count: number, seed: string): StepMade[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const logits = randomLogits(random, VOCAB, 2);
    const { common } = generation.counts;
    const tokenId = generation.next(logits);
    const ranked = rankNaively(logits, {}).find(({ id }) => id === tokenId);
    return {
      isMarked: generation.counts.common > common,
      bits: -Math.log2(ranked?.prob ?? NaN),
      spentBits: generation.spentBits,
    };
  });
}

describe('pauses', () => {
  it('spend their bits, no more tokens than that takes, before the next mark', () => {
    const bits = 5;
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ pauses: { after: 1, bits }, random: seededRandom('each') });
    const steps = stepsOf(generation, 400, 'each');
    watermarker.close();
    const marks = steps.flatMap(({ isMarked }, step) => (isMarked ? [step] : []));
    expect(marks.length).toBeGreaterThan(30);
    for (const [i, mark] of marks.entries()) {
      expect(steps[mark]?.spentBits).toBe(START - bits);
      const next = marks[i + 1];
      if (next === undefined) continue;
      // 1e-9: the library adds up logarithms of its own weights.
      const pause = steps.slice(mark + 1, next);
      const spent = pause.reduce((sum, step) => sum + step.bits, 0);
      expect(spent).toBeGreaterThanOrEqual(bits - 1e-9);
      expect(spent - (pause.at(-1)?.bits ?? 0)).toBeLessThan(bits + 1e-9);
    }
  });

  it('begin after a marked token with a probability of 1 / after', () => {
    const after = 8;
    const watermarker = new Watermarker(key);
    const start = () => watermarker.start({ pauses: { after, bits: 2 }, random: seededRandom('share') });
    const steps = stepsOf(start(), 6000, 'share');
    watermarker.close();
    const marked = steps.filter(({ isMarked }) => isMarked);
    const begun = marked.filter(({ spentBits }) => spentBits === START - 2).length;
    // Five standard deviations of a binomial share: one seed in two million is further off.
    const deviation = Math.sqrt(marked.length * (1 / after) * (1 - 1 / after));
    expect(marked.length).toBeGreaterThan(3000);
    expect(Math.abs(begun - marked.length / after)).toBeLessThan(5 * deviation);
  });

  it('never begin unless they are asked for', () => {
    const watermarker = new Watermarker(key);
    const steps = stepsOf(watermarker.start({ random: seededRandom('none') }), 600, 'none');
    watermarker.close();
    const first = steps.findIndex(({ isMarked }) => isMarked);
    expect(steps.slice(first).every(({ spentBits }) => spentBits >= START)).toBe(true);
    // Only contexts that came before are left out: 60^3 are too many for that here.
    expect(steps.slice(first).filter(({ isMarked }) => !isMarked).length).toBeLessThan(10);
  });

  it('are gone on with elsewhere by the bits that were spent', () => {
    const pauses = { after: 1, bits: 7 };
    const watermarker = new Watermarker(key);
    const whole = watermarker.start({ pauses, random: seededRandom('whole') });
    const logits = randomLogits(seededRandom('logits'), VOCAB, 2);
    const response: number[] = [];
    while (whole.counts.common === 0) response.push(whole.next(logits));
    // In the first pause, whatever has been spent of it.
    response.push(whole.next(logits));
    const random = (): number => 0.5;
    const { spentBits } = whole;
    expect(spentBits).toBeGreaterThan(START - 7);
    const rest = watermarker.start({ response, spentBits, pauses, random });
    const steps = stepsOf(rest, 12, 'rest');
    watermarker.close();
    const before = steps.findIndex(({ isMarked }) => isMarked);
    const spent = steps.slice(0, before).reduce((sum, { bits }) => sum + bits, spentBits);
    expect(before).toBeGreaterThanOrEqual(0);
    expect(spent).toBeGreaterThanOrEqual(START - 1e-9);
  });

  it.each([
    [{ after: 0.5, bits: 1 }, '"pauses.after" expected a finite number >= 1, got 0.5'],
    [{ after: Infinity, bits: 1 }, '"pauses.after" expected a finite number >= 1, got Infinity'],
    [{ after: Number.NaN, bits: 1 }, '"pauses.after" expected a finite number >= 1, got NaN'],
    [
      { after: 10, bits: 0 },
      '"pauses.bits" expected a number above 0, and at most the start bits (16), got 0',
    ],
    [{ after: 10, bits: 17 }, 'at most the start bits (16), got 17'],
    [{ after: 10, bits: Number.NaN }, '"pauses.bits" expected a number above 0'],
  ])('refuses %o', (pauses, message) => {
    const watermarker = new Watermarker(key);
    expect(() => watermarker.start({ pauses })).toThrow(message);
    watermarker.close();
  });
});
