import { type DecoyTest, Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { ForeignKey, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { SAMPLE_CONFIGS } from './configs.ts';

/**
 * Over random keys, any fixed document has P(p ≤ α) ≤ α. This one repeats itself, has one context before different tokens
 * and uses few ids, which is where other detectors fail.
 */
const KEYS = 500;
// Binomial(500, 0.01) exceeds this with probability 1.2e-6: with fifty cases nothing fails by chance.
const MOST_BELOW_ONE_PERCENT = 18;
// Keys whose layers are compared take 60 ms of scrypt each. Binomial(150, 0.01) exceeds this with probability 4e-7.
const LAYERED_KEYS = 150;
const MOST_OF_LAYERED = 10;

// Ranks need no calibration of a law: the adversaries test them.
const cases = SAMPLE_CONFIGS.filter(({ profile }) => profileNamed(profile).basis !== 'rank').map(
  (sample) => ({
    ...sample,
    title: `${sample.profile}, ${sample.variant}`,
    hasLaw: profileNamed(sample.profile).basis === 'law',
  }),
);

// A template that is filled in again and again.
function templated(vocabSize: number): number[] {
  const random = seededRandom('template');
  const phrase = Array.from({ length: 30 }, () => Math.floor(vocabSize * random()));
  return Array.from({ length: 12 }, () => [
    ...phrase,
    ...Array.from({ length: 6 }, () => Math.floor(40 * random())),
  ]).flat();
}

function underRandomKeys(sample: (typeof cases)[number], dedup: 'context-token' | 'none'): DecoyTest {
  const { profile, config, vocabSize, hasLaw } = sample;
  const key = new ForeignKey({ profile: profileNamed(profile), config, vocabSize });
  const random = seededRandom(`keys of ${profile}, ${sample.variant}`);
  const secret = (): Uint8Array => Uint8Array.from({ length: 32 }, () => Math.floor(256 * random()));
  const detector = new Detector([key], { dedup, decoys: { count: hasLaw ? KEYS : LAYERED_KEYS, secret } });
  const { decoys } = detector.detect(templated(vocabSize));
  detector.close();
  return decoys!;
}

describe('p-values of foreign marks', () => {
  it.each(cases)('are not small more often than they say, over random keys: $title', (sample) => {
    const { belowOnePercent, alarm } = underRandomKeys(sample, 'context-token');
    expect(belowOnePercent).toBeLessThanOrEqual(sample.hasLaw ? MOST_BELOW_ONE_PERCENT : MOST_OF_LAYERED);
    expect(alarm).toBe(false);
  });

  it.each(cases.filter(({ hasLaw }) => hasLaw))('are, where repeats are counted: $title', (sample) => {
    expect(underRandomKeys(sample, 'none').alarm).toBe(true);
  });

  it.each(cases.filter(({ hasLaw }) => !hasLaw))(
    'are not even then, where layers are compared on the same text: $title',
    (sample) => {
      expect(underRandomKeys(sample, 'none').belowOnePercent).toBeLessThanOrEqual(MOST_OF_LAYERED);
    },
  );
});
