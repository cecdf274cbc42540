/**
 * Nobody who lacks a key makes its p-value small more often than it says: with everything else known, over random keys, P(p ≤ α) ≤ α. A text
 * without a p-value, or with too few scored tokens, is no evidence: p = 1. Without decoys, which only make a p-value larger.
 */
import { Detector } from '@countermark/detector';
import {
  ADVERSARIES,
  type AnyKey,
  GUESSES,
  isRefusal,
  mostByChance,
} from '@countermark/fixtures/calibration';
import { seededRandom } from '@countermark/watermark';
import { PROFILES } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';

const KEYS = 200;
const LEVELS = [0.05, 0.01, 0.001, 1e-6];
// Of the keys that a guess fits, at most a half may have a p-value of half the guess's probability or less.
const GUESSED_KEYS = 40;

// With its default seed and one token of context three_bricks' salt has no effect: such keys are refused.
const KEYLESS = new Set(
  ['three-bricks-green-list', 'three-bricks-gumbel'].map(
    (profile) => `${profile}, n-gram 1, default seed: zeros`,
  ),
);

function log10PValue(draw: () => AnyKey, text: Uint32Array): number {
  let key: AnyKey;
  try {
    key = draw();
  } catch (error) {
    if (isRefusal(error)) return 0;
    throw error;
  }
  const detector = new Detector([key], { permutations: 99, decoys: { count: 0 } });
  const { scored, minTokens, log10PValue: found } = detector.detect(text);
  detector.close();
  return scored < minTokens ? 0 : found;
}

describe('adversaries', () => {
  it('aim at every profile, and at our own schemes', () => {
    const own = ['gumbel', 'green-list', 'tournament'];
    expect(new Set(ADVERSARIES.map(({ mark }) => mark.profile))).toEqual(
      new Set([...PROFILES.map(({ name }) => name), ...own]),
    );
  });

  const cases = ADVERSARIES.map(
    (adversary) =>
      [`${adversary.mark.profile}, ${adversary.mark.variant}: ${adversary.name}`, adversary] as const,
  );

  it.each(cases)('do not beat a level, over random keys: %s', (title, { mark, write }) => {
    const random = seededRandom(`keys of ${title}`);
    if (KEYLESS.has(title)) {
      expect(() => mark.draw(random)).toThrow(/no draw of this configuration depends on the key/);
      return;
    }
    const text = write();
    const found = Array.from({ length: KEYS }, () => log10PValue(() => mark.draw(random), text));
    const counts = LEVELS.map((level) => found.filter((each) => each <= Math.log10(level) + 1e-9).length);
    expect(
      LEVELS.filter((level, i) => counts[i]! > mostByChance(KEYS, level)),
      `P(p ≤ α) = ${counts.map((count) => count / KEYS).join(', ')} at α = ${LEVELS.join(', ')}; the smallest p is 10^${Math.min(...found).toFixed(1)}`,
    ).toEqual([]);
  });

  const guesses = GUESSES.map(
    (guess) => [`${guess.mark.profile}, ${guess.mark.variant}: ${guess.name}`, guess] as const,
  );

  it.each(guesses)('gain no more by a guess than its probability: %s', (title, guess) => {
    const { write, drawGuessed, log10Probability } = guess;
    const random = seededRandom(`guessed keys of ${title}`);
    const text = write();
    const found = Array.from({ length: GUESSED_KEYS }, () => log10PValue(() => drawGuessed(random), text));
    expect(
      found.filter((each) => each <= log10Probability - Math.log10(2)).length,
      `the guess is right with probability 10^${log10Probability.toFixed(1)}; the smallest p is 10^${Math.min(...found).toFixed(1)}`,
    ).toBeLessThanOrEqual(mostByChance(GUESSED_KEYS, 0.5));
  });
});
