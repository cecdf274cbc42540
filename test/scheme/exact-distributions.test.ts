/** What the schemes choose, computed over all words of small vocabularies: docs/spec.md section 5. */
import { createScheme, type Scheme } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { candidatesOf, chosenMasses, scripted, TAIL } from './chosen-masses.ts';

// Fewer than 60 roundings of at most 2^-53 each in a mass, and 2^-52 from the bisection.
const ROUNDING = 1e-14;

const DISTRIBUTIONS: [probs: number[], tailMass: number][] = [
  [[1 / 3, 1 / 3, 1 / 3], 0],
  [[0.7, 0.2, 0.1], 0],
  [[0.5, 0.3, 0.15, 0.05], 0],
  [[0.999, 0.0009, 0.0001], 0],
  [[0.6, 0.1], 0.3],
  [[0.5, 0.25, 0.125], 0.125],
  [[0.01, 0.005], 0.985],
  [[1], 0],
  [[0.25], 0.75],
];

/** Every assignment of `bits` bits to `count` words. */
function* assignments(count: number, bits: number): Generator<number[]> {
  for (let all = 0; all < 2 ** (count * bits); all++) {
    yield Array.from({ length: count }, (_, i) => (all >> (bits * i)) & (2 ** bits - 1));
  }
}

/** One layer after another as section 5 has it: p ← p (1 + g − E). The tail is the last entry. */
function playedNaively(masses: readonly number[], words: readonly number[], depth: number): number[] {
  let played = [...masses];
  for (let layer = 0; layer < depth; layer++) {
    const bit = (i: number) => (words[i]! >> layer) & 1;
    const mean = played.reduce((sum, mass, i) => sum + mass * bit(i), 0);
    played = played.map((mass, i) => mass * (1 + bit(i) - mean));
  }
  return played;
}

/** A uniform that the tournament turns into these bits of the tail. */
function uniformOf(tailWord: number): number {
  return (tailWord + 0.5) / 2 ** 32;
}

function average(rows: readonly number[][]): number[] {
  return rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(tolerance);
  });
}

describe.each([1, 2])('tournament of depth %i', (depth) => {
  const scheme = createScheme({ kind: 'tournament', depth });

  it.each(DISTRIBUTIONS)(
    'chooses from %j with a tail of %d as section 5 says, whatever the bits',
    (probs, tailMass) => {
      const rows: number[][] = [];
      for (const words of assignments(probs.length + (tailMass > 0 ? 1 : 0), depth)) {
        const candidateWords = words.slice(0, probs.length);
        const fixed = words.slice(probs.length).map(uniformOf);
        const masses = chosenMasses(scheme, probs, tailMass, candidateWords, fixed);
        expectClose(masses, playedNaively([...probs, tailMass], [...words, 0], depth), ROUNDING);
        expect(Math.abs(masses.reduce((sum, mass) => sum + mass, 0) - 1)).toBeLessThanOrEqual(ROUNDING);
        rows.push(masses);
      }
      // Distortion-free: the mean over all bits, the tail's among them, is the distribution itself.
      expectClose(average(rows), [...probs, tailMass], ROUNDING);
    },
  );

  it('would distort with a tail whose bits never change', () => {
    const rows = [...assignments(2, depth)].map((words) =>
      chosenMasses(scheme, [0.6, 0.1], 0.3, words, [uniformOf(0)]),
    );
    expect(average(rows)[2]).toBeLessThan(0.3 - 0.05);
  });

  it('reads no bit above its layers', () => {
    const low = chosenMasses(scheme, [0.7, 0.2, 0.1], 0, [1, 2, 3]);
    expect(
      chosenMasses(scheme, [0.7, 0.2, 0.1], 0, [1 + 2 ** depth * 7, 2 ** 32 - 4 + 2, 2 ** 31 + 3]),
    ).toEqual(low);
  });
});

describe('tournament of depth 30', () => {
  it('keeps the mass and plays each layer', () => {
    const scheme = createScheme({ kind: 'tournament', depth: 30 });
    const words = [0x2a5f1c37, 0x3fffffff, 0, 0x15c93d08];
    const tailWord = 0x0f0f3355;
    const probs = [0.4, 0.3, 0.1, 0.05];
    const masses = chosenMasses(scheme, probs, 0.15, words, [uniformOf(tailWord)]);
    // Thirty layers of three roundings each, twice.
    const tolerance = 200 * 2 ** -53;
    expectClose(masses, playedNaively([...probs, 0.15], [...words, tailWord], 30), tolerance);
  });
});

describe('green-list', () => {
  const gamma = 0.25;
  const delta = 2;
  const scheme = createScheme({ kind: 'green-list', gamma, delta });
  const GREEN = 0;
  const RED = 2 ** 32 - 1;
  const boost = Math.exp(delta);

  it.each(DISTRIBUTIONS)('multiplies green masses of %j with a tail of %d by e^delta', (probs, tailMass) => {
    for (const bits of assignments(probs.length, 1)) {
      const words = bits.map((bit) => (bit === 1 ? GREEN : RED));
      const weights = probs.map((p, i) => (bits[i] === 1 ? p * boost : p));
      weights.push(tailMass * (1 - gamma + gamma * boost));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const masses = chosenMasses(scheme, probs, tailMass, words);
      expectClose(
        masses,
        weights.map((weight) => weight / total),
        ROUNDING,
      );
    }
  });

  it('is green as often as the closed form says where all tokens are equally likely', () => {
    // Words spread evenly, so that exactly the fraction gamma of the tokens is green.
    const count = 4096;
    const probs = new Array<number>(count).fill(1 / count);
    const words = Uint32Array.from(probs, (_, i) => ((i + 0.5) / count) * 2 ** 32);
    const candidates = candidatesOf(probs);
    const isGreen = (uniform: number) =>
      scheme.score(words[scheme.choose({ candidates, words, random: scripted(uniform) })]!) === 1;
    // Green tokens come first, so one edge parts them.
    let [low, high] = [0, 1];
    for (let i = 0; i < 53; i++) {
      const middle = (low + high) / 2;
      if (isGreen(middle)) low = middle;
      else high = middle;
    }
    // Sums of 4,096 terms: each rounding is below 2^-53 of the sum so far.
    expect(Math.abs(low - (gamma * boost) / (1 - gamma + gamma * boost))).toBeLessThan(2 * count * 2 ** -53);
  });

  it('has the word at the limit red and the one before it green', () => {
    const words = [2 ** 30 - 1, 2 ** 30];
    const [green, red] = chosenMasses(scheme, [0.5, 0.5], 0, words);
    expect(Math.abs(green! / red! - boost)).toBeLessThan(100 * ROUNDING);
  });

  it('takes the largest ln p + delta [green] when decoding greedily, the first of equals', () => {
    const choose = (probs: number[], words: number[]) =>
      scheme.chooseGreedily!(candidatesOf(probs), Uint32Array.from(words));
    expect(choose([0.6, 0.4], [RED, RED])).toBe(0);
    expect(choose([0.6, 0.4], [GREEN, GREEN])).toBe(0);
    expect(choose([0.6, 0.4], [RED, GREEN])).toBe(1);
    expect(choose([0.5, 0.5], [GREEN, GREEN])).toBe(0);
    // ln 0.9 − ln 0.1 = 2.197 is more than delta, and ln 0.88 − ln 0.12 = 1.992 is less.
    expect(choose([0.9, 0.1], [RED, GREEN])).toBe(0);
    expect(choose([0.88, 0.12], [RED, GREEN])).toBe(1);
    expect(choose([0.5, 0.3, 0.2], [RED, GREEN, GREEN])).toBe(1);
  });

  it('marks greedily with the smallest probabilities and the largest bias', () => {
    const strong = createScheme({ kind: 'green-list', gamma: 2 ** -32, delta: 100 });
    const candidates = candidatesOf([1 - 1e-43, 1e-43]);
    // ln 1e-43 = −99.0, above −delta.
    expect(strong.chooseGreedily!(candidates, Uint32Array.of(1, 0))).toBe(1);
  });
});

describe('gumbel', () => {
  const scheme = createScheme({ kind: 'gumbel' });

  function winner(probs: readonly number[], tailMass: number, words: number[], draws: number[]): number {
    const step = {
      candidates: candidatesOf(probs, tailMass),
      words: Uint32Array.from(words),
      random: scripted(...draws),
    };
    return scheme.choose(step);
  }

  /** The share of all 2^32 words of candidate 0 with which it wins, for given words of the others. */
  function winningShare(
    probs: readonly number[],
    tailMass: number,
    others: number[],
    draws: number[],
  ): number {
    // It wins with every word from some word on.
    let low = -1;
    let high = 2 ** 32;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (winner(probs, tailMass, [middle, ...others], draws) === 0) high = middle;
      else low = middle;
    }
    return 1 - high / 2 ** 32;
  }

  const wordAt = (cell: number, cells: number) => Math.floor(((cell + 0.5) / cells) * 2 ** 32);

  it.each([[[0.5, 0.5]], [[0.7, 0.3]], [[0.3, 0.7]], [[0.99, 0.01]], [[0.01, 0.99]]])(
    'wins with the probabilities of %j, integrated over the other word',
    (probs) => {
      const cells = 4096;
      let sum = 0;
      for (let cell = 0; cell < cells; cell++) sum += winningShare(probs, 0, [wordAt(cell, cells)], []);
      // The integrand falls from 1 to 0 as the other word grows: the midpoint rule is off by half a cell at most, and the
      // words' grid by 2^-33 a candidate.
      expect(Math.abs(sum / cells - probs[0]!)).toBeLessThan(1 / (2 * cells) + 2 ** -32);
    },
  );

  it.each([
    [[0.6, 0.3], 0.1],
    [[0.1, 0.1], 0.8],
    [[0.2, 0.5, 0.3], 0],
  ])(
    'wins with the probabilities of %j and a tail of %d, integrated over two variables',
    (probs, tailMass) => {
      const cells = 128;
      let sum = 0;
      for (let a = 0; a < cells; a++) {
        for (let b = 0; b < cells; b++) {
          const others = tailMass > 0 ? [wordAt(a, cells)] : [wordAt(a, cells), wordAt(b, cells)];
          const draws = tailMass > 0 ? [(b + 0.5) / cells, 0.5] : [];
          sum += winningShare(probs, tailMass, others, draws);
        }
      }
      // Half a cell at most in each of the two variables.
      expect(Math.abs(sum / cells ** 2 - probs[0]!)).toBeLessThan(1 / cells);
    },
  );

  it('gives the tail its own mass', () => {
    const cells = 4096;
    let tail = 0;
    for (let cell = 0; cell < cells; cell++) {
      // One candidate and the tail: the tail wins with every uniform from some uniform on.
      let [low, high] = [0, 1];
      for (let i = 0; i < 53; i++) {
        const middle = (low + high) / 2;
        if (winner([0.25], 0.75, [wordAt(cell, cells)], [middle, 0.5]) === TAIL) high = middle;
        else low = middle;
      }
      tail += 1 - high;
    }
    expect(Math.abs(tail / cells - 0.75)).toBeLessThan(1 / (2 * cells) + 2 ** -32);
  });

  it('draws no randomness where there is no tail', () => {
    expect(winner([0.5, 0.5], 0, [1, 2], [])).toBe(1);
  });

  it('takes the first of equals, and chooses at both ends of the words', () => {
    const largest = 2 ** 32 - 1;
    expect(winner([0.5, 0.5], 0, [7, 7], [])).toBe(0);
    expect(winner([0.5, 0.5], 0, [0, 0], [])).toBe(0);
    expect(winner([0.5, 0.5], 0, [0, largest], [])).toBe(1);
    expect(winner([0.5, 0.5], 0, [largest, largest - 1], [])).toBe(0);
    expect(winner([1], 0, [0], [])).toBe(0);
  });

  it('prefers the likelier of two candidates whose words are equal', () => {
    // ln(r) / p is larger, less negative, for the larger p.
    for (const word of [0, 1, 2 ** 31, 2 ** 32 - 1]) expect(winner([0.4, 0.6], 0, [word, word], [])).toBe(1);
  });
});

describe('null moments', () => {
  const schemes: [string, Scheme, number][] = [
    ['green-list', createScheme({ kind: 'green-list', gamma: 0.3, delta: 1 }), 1],
    ['tournament of depth 5', createScheme({ kind: 'tournament', depth: 5 }), 1],
    ['gumbel', createScheme({ kind: 'gumbel' }), 2 ** 20],
  ];

  it.each(schemes)('are those of the scores of %s over all words', (_, scheme, unit) => {
    const cells = 2 ** 16;
    let [sum, squares] = [0, 0];
    for (let cell = 0; cell < cells; cell++) {
      // One word in each cell; its low 16 bits take each value once, so bits are balanced exactly.
      const score = scheme.score(cell * 2 ** 16 + cell) / unit;
      sum += score;
      squares += score * score;
    }
    const mean = scheme.nullMean / unit;
    const meanSquare = mean ** 2 + (scheme.nullDeviation / unit) ** 2;
    // A function that only rises, from 0 to at most 32 ln 2, is off by at most its rise over the number of cells.
    const rise = 32 * Math.LN2;
    expect(Math.abs(sum / cells - mean)).toBeLessThan(rise / cells);
    expect(Math.abs(squares / cells - meanSquare)).toBeLessThan(rise ** 2 / cells);
  });
});
