import { ContextSet } from '@countermark/audit';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { collected, randomAnswers, saltsOf } from './answers.ts';

describe('a large set of served contexts', () => {
  it('is in the set by chance as often as it says, with few bits', () => {
    const answers = randomAnswers('many', 400, 500);
    const set = ContextSet.parse([collected(answers, { bits: 32 })]);
    const random = seededRandom('salts');
    const looked = 1_000_000;
    let found = 0;
    for (let i = 0; i < looked; i++) {
      if (set.groupOf(Math.floor(2 ** 32 * random()), Math.floor(2 ** 32 * random())) !== undefined) found++;
    }
    const due = looked * set.falsePositiveRate;
    expect(due).toBeGreaterThan(20);
    expect(Math.abs(found - due)).toBeLessThan(4.9 * Math.sqrt(due));
  });

  it('keeps runs that outgrow its buffer sorted and unique', () => {
    // 2^18 contexts are sorted at a time; half of the contexts are common.
    const answers = randomAnswers('large', 900, 1000);
    const whole = collected(answers);
    const known = new Set(saltsOf(answers).common.map(([low, high]) => 2 ** 8 * high + (low >>> 24)));
    const set = ContextSet.parse([whole]);
    expect(set.facts.contexts).toBe(known.size);
    expect(known.size).toBeGreaterThan(2 ** 18);
    let last = -1;
    for (const { fingerprints, length } of set.blocks()) {
      for (const fingerprint of fingerprints.subarray(0, length)) {
        expect(fingerprint > last && known.has(fingerprint)).toBe(true);
        last = fingerprint;
      }
    }
  });
});
