import {
  AuditTally,
  levelOf,
  SoftScores,
  traceStrength,
  WEIGHT_LEVELS,
  WEIGHT_PARTS,
} from '@countermark/audit';
import { type SchemeParams, seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';

const SCHEMES: readonly SchemeParams[] = [
  { kind: 'gumbel' },
  { kind: 'green-list', gamma: 0.25, delta: 2 },
  { kind: 'tournament', depth: 12 },
];

function randomWord(random: () => number): number {
  return Math.floor(2 ** 32 * random());
}

/** The law of a sum by adding one word after another, without any transform. */
function convolved(soft: SoftScores, levels: readonly number[]): Map<number, number> {
  let law = new Map([[0, 1]]);
  for (const level of levels) {
    const next = new Map<number, number>();
    for (const [sum, mass] of law) {
      for (const [bin, share] of soft.masses.entries()) {
        const reached = sum + level * soft.scores[bin]!;
        next.set(reached, (next.get(reached) ?? 0) + mass * share);
      }
    }
    law = next;
  }
  return law;
}

describe('levelOf', () => {
  it('takes the nearest level on a logarithmic scale, and none for what is small', () => {
    for (const [place, level] of WEIGHT_LEVELS.entries()) expect(levelOf(level / WEIGHT_PARTS)).toBe(place);
    expect([0, 0.0027, -0.0027].map(levelOf)).toEqual([-1, -1, -1]);
    expect(WEIGHT_LEVELS[levelOf(0.0028)]).toBe(1);
    expect(WEIGHT_LEVELS[levelOf(0.9)]).toBe(256);
    expect(WEIGHT_LEVELS[levelOf(-0.8)]).toBe(-192);
    // Between 4 and 6 of 256 the geometric mean decides: 4.899.
    expect([4.89, 4.91].map((parts) => WEIGHT_LEVELS[levelOf(parts / 256)])).toEqual([4, 6]);
  });

  it.each([1.0001, -1.0001, Number.NaN, Infinity])('refuses %s', (weight) => {
    expect(() => levelOf(weight)).toThrow(RangeError);
  });
});

describe.each(SCHEMES)('AuditTally of $kind', (scheme) => {
  const soft = new SoftScores(scheme);

  it('has the law that adding one word after another gives, under weights of both signs', () => {
    const levels = scheme.kind === 'green-list' ? [256, 64, 64, -96, 3, -1] : [8, 2, -3];
    const law = convolved(soft, levels);
    const random = seededRandom(scheme.kind);
    for (let trial = 0; trial < 6; trial++) {
      const tally = new AuditTally(scheme);
      for (const level of levels) tally.add(level / WEIGHT_PARTS, randomWord(random));
      const sum = tally.sum();
      const exact = [...law].reduce((tail, [value, mass]) => (value >= sum ? tail + mass : tail), 0);
      // The inversion is good to 1e-12 of p, convolution to 1e-10 here; the margin of 2^-33 of log10 p is upwards.
      expect(tally.log10PValue()).toBeGreaterThanOrEqual(Math.log10(exact) - 1e-10);
      expect(tally.log10PValue()).toBeLessThan(Math.log10(exact) + 1e-9);
    }
  });

  it('multiplies an e-value by at most 1 on average over all words, on every level and after any past', () => {
    const random = seededRandom(`past ${scheme.kind}`);
    const past = new AuditTally(scheme);
    for (let i = 0; i < 200; i++) {
      past.add(
        WEIGHT_LEVELS[i % WEIGHT_LEVELS.length]! / WEIGHT_PARTS,
        Math.floor(2 ** 32 * random() ** 0.7),
      );
    }
    for (const before of [new AuditTally(scheme), past]) {
      const log10Before = before.log10EValue();
      for (const level of WEIGHT_LEVELS.keys()) {
        let mean = 0;
        for (const [bin, mass] of soft.masses.entries()) {
          if (mass === 0) continue;
          const after = new AuditTally(scheme);
          after.merge([...before.counts(), [level, bin, 1]]);
          mean += mass * 10 ** (after.log10EValue() - log10Before);
        }
        // 2^-40 of the ratio is taken off on purpose.
        expect(mean).toBeLessThan(1 + 1e-13);
        expect(mean).toBeGreaterThan(1 - 2e-12);
      }
    }
  });

  it('adds up from parts, in any order', () => {
    const random = seededRandom(`parts ${scheme.kind}`);
    const whole = new AuditTally(scheme);
    const parts = [0, 1, 2].map(() => new AuditTally(scheme));
    for (let i = 0; i < 300; i++) {
      const weight = 2 * random() - 1;
      const word = randomWord(random);
      whole.add(weight, word);
      parts[i % 3]!.add(weight, word);
    }
    const merged = new AuditTally(scheme);
    for (const part of parts.toReversed()) merged.merge(JSON.parse(JSON.stringify(part.counts())));
    expect(merged.counts()).toEqual(whole.counts());
    expect(merged.log10PValue()).toBe(whole.log10PValue());
    expect(merged.log10EValue()).toBe(whole.log10EValue());
  });

  it('refuses counts that cannot be', () => {
    const tally = new AuditTally(scheme);
    for (const count of [
      [32, 0, 1],
      [-1, 0, 1],
      [0, soft.bins.bins, 1],
      [0, 0, -1],
      [0, 0, 0.5],
    ] as const) {
      expect(() => tally.merge([[0, 0, 1], count])).toThrow(RangeError);
    }
    expect(tally.counts()).toEqual([]);
  });

  it('says nothing before a word', () => {
    const tally = new AuditTally(scheme);
    expect([tally.log10PValue(), tally.log10EValue(), tally.sum()]).toEqual([0, 0, 0]);
  });

  it('bounds how strong a trace is: words that lean by a tilt are above the bound in at least 95 of 100 audits', () => {
    const tilt = scheme.kind === 'tournament' ? 0.002 : scheme.kind === 'gumbel' ? 0.03 : 0.4;
    const strength = (soft.meanAt(tilt) - soft.mean) / soft.deviation;
    const random = seededRandom(`strength ${scheme.kind}`);
    const law = soft.masses.map((mass, bin) => mass * Math.exp(tilt * soft.scores[bin]!));
    const total = law.reduce((sum, mass) => sum + mass, 0);
    const audits = 60;
    let above = 0;
    for (let audit = 0; audit < audits; audit++) {
      const counts = new Float64Array(soft.bins.bins);
      for (let i = 0; i < 500; i++) {
        let left = random() * total;
        let bin = 0;
        while (bin < law.length - 1 && left >= law[bin]!) left -= law[bin++]!;
        counts[bin]!++;
      }
      const tally = new AuditTally(scheme);
      const top = WEIGHT_LEVELS.length - 1;
      tally.merge([...counts].flatMap((count, bin) => (count > 0 ? [[top, bin, count] as const] : [])));
      const found = traceStrength(tally, 1e-3);
      if (found.atLeast > strength) above++;
      // What is findable depends on the number of words alone, and is more than nothing.
      expect(found.findable).toBeGreaterThan(0);
    }
    // Binomial(60, 0.05): P(≥ 12) = 6e-5, and the data are seeded.
    expect(above).toBeLessThan(12);
  });
});
