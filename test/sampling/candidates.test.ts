import {
  CandidateSelector,
  type Candidates,
  type SamplingOptions,
  seededRandom,
  WatermarkError,
} from '@countermark/watermark';
import { plainSample } from '@countermark/watermark/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeDistance, orderNaively, type RankedToken, rankNaively } from './naive-ranking.ts';

const ENGINES = ['wasm', 'scalar'] as const;
// Stated in the docstring of `tailMass`.
const TAIL_ERROR = 3e-7;

const logit = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -30, max: 30, noNaN: true }) },
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-Infinity, -0, 0, 1e30, -1e30, 3.4e38, -3.4e38, 1e-45, -1e-45, 1e-39),
  },
);
const logitsOf = (maxLength: number) =>
  fc
    .array(logit, { minLength: 1, maxLength })
    .map((values) => Float32Array.from(values))
    .filter((values) => values.some((value) => value > -Infinity));
const options: fc.Arbitrary<SamplingOptions> = fc.record(
  {
    temperature: fc.constantFrom(0.01, 0.5, 1, 1.7, 100),
    topK: fc.integer({ min: 1, max: 80 }),
    topP: fc.constantFrom(1e-9, 0.1, 0.37, 0.9, 0.999, 1),
    maxCandidates: fc.integer({ min: 1, max: 40 }),
  },
  { requiredKeys: [] },
);

function gaussianLogits(vocabSize: number, seed: string, sd: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from(
    { length: vocabSize },
    () => sd * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()),
  );
}

/** As logits come out of a model in bfloat16: eight bits of precision, hence many ties. */
function toBfloat16(logits: Float32Array): Float32Array {
  const bits = new Uint32Array(logits.slice().buffer);
  return new Float32Array(bits.map((word) => word & 0xffff0000).buffer);
}

function expectSelection(
  candidates: Candidates,
  ranking: readonly RankedToken[],
  maxCandidates = 4096,
): void {
  const expected = ranking.slice(0, maxCandidates);
  expect(candidates.count).toBe(expected.length);
  expect(candidates.tokenIds.length).toBe(expected.length);
  // The runner's own comparison of arrays would take most of the time.
  expect(expected.findIndex(({ id }, i) => candidates.tokenIds[i] !== id)).toBe(-1);
  const tail = ranking.slice(maxCandidates).reduce((sum, { prob }) => sum + prob, 0);
  if (tail === 0) expect(candidates.tailMass).toBe(0);
  // Weights under 2^-126 of the largest are left out of the tail: far below what a double can add to 1.
  else expect(Math.abs(candidates.tailMass - tail)).toBeLessThanOrEqual(TAIL_ERROR * tail + 1e-30);
  // Both sides compute weights to 3e-13 and add up 20,011 of them at most: 20,011 * 2^-53 = 2.3e-12 if every
  // rounding went the same way.
  const rounding = 5e-12;
  const errors = expected.map(({ prob }, i) => Math.abs(candidates.probs[i]! / prob - 1));
  expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(TAIL_ERROR * tail + rounding);
  const sum = candidates.probs.reduce((total, prob) => total + prob, candidates.tailMass);
  expect(Math.abs(sum - 1)).toBeLessThan(rounding);
}

/** The bits of an array. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof WatermarkError) return error.code;
    throw error;
  }
  return undefined;
}

// Laurent and Massart (2000), Lemma 1: a chi-square with d degrees of freedom exceeds d + 2 sqrt(d x) + 2x with
// probability at most e^-x; here e^-13.8 = 1e-6.
const chiSquareBound = (cells: number) => cells - 1 + 2 * Math.sqrt((cells - 1) * 13.8) + 2 * 13.8;

/** Pearson's statistic of token counts against probabilities that need not be normalised. */
function chiSquare(tokens: readonly RankedToken[], counts: Float64Array): number {
  const draws = tokens.reduce((sum, { id }) => sum + counts[id]!, 0);
  const mass = tokens.reduce((sum, { prob }) => sum + prob, 0);
  return tokens.reduce((sum, { id, prob }) => {
    const expected = (draws * prob) / mass;
    return sum + (counts[id]! - expected) ** 2 / expected;
  }, 0);
}

// Beyond 12,288 tokens the head is found through a sampled threshold; 20,011 is not a multiple of 4 or 1024.
const vocabSize = 20_011;
const wide = gaussianLogits(vocabSize, 'wide', 3);
const flat = gaussianLogits(vocabSize, 'flat', 0.5);
const sorted = wide.slice().sort();
const masked = wide.map((value, id) => (id % 40 === 7 ? value : -Infinity));
const halfMasked = wide.map((value, id) => (id < 16_500 ? -Infinity : value));
const few = flat.map((value) => Math.round(value));
const shapes: [string, Float32Array][] = [
  ['gaussian', wide],
  ['flat', flat],
  ['ascending', sorted],
  ['descending', sorted.slice().reverse()],
  ['bfloat16', toBfloat16(wide)],
  ['all-equal', new Float32Array(vocabSize).fill(-2.5)],
  ['few-valued', few],
  ['mostly impossible', masked],
  ['fewer finite than candidates', halfMasked],
  ['huge', wide.map((value) => value * 1e30)],
  ['subnormal', wide.map((value) => value * 1e-40)],
  ['hidden from the sample', wide.map((value, id) => (id % 4 === 0 ? value - 50 : value))],
  ['favoured by the sample', wide.map((value, id) => (id % 4 === 0 ? value + 50 : value))],
  ['one far above', wide.map((value, id) => (id === 12_345 ? 1e6 : value))],
];
const choices: SamplingOptions[] = [
  {},
  { temperature: 0.3 },
  { maxCandidates: 1 },
  { maxCandidates: 15_000 },
  { topK: 1 },
  { topK: 50 },
  { topK: 4096 },
  { topK: 4097 },
  { topK: 9000 },
  { topK: 19_990 },
  { topP: 0.5 },
  { topP: 0.95 },
  { topP: 0.99999 },
  { topK: 12_000, topP: 0.9, temperature: 1.5 },
  { topK: 300, topP: 0.9, maxCandidates: 20 },
  { topP: 0.8, maxCandidates: 64 },
];

describe.each(ENGINES)('CandidateSelector on %s', (engine) => {
  it('agrees with a full sort on any small vocabulary', () => {
    fc.assert(
      fc.property(logitsOf(70), options, (logits, selected) => {
        fc.pre(edgeDistance(logits, selected) > 1e-12);
        const candidates = new CandidateSelector(logits.length, { engine }).select(logits, selected);
        expectSelection(candidates, rankNaively(logits, selected), selected.maxCandidates);
      }),
      { seed: 1, numRuns: 400 },
    );
  });

  const selector = new CandidateSelector(vocabSize, { engine });

  it('keeps the shortest prefix whose mass reaches topP, and one token at least', () => {
    const quarters = new Float32Array(4);
    const small = new CandidateSelector(4, { engine });
    const kept = (topP: number) => Array.from(small.select(quarters, { topP }).tokenIds);
    expect(kept(0.5)).toEqual([0, 1]);
    expect(kept(0.5 + 2 ** -50)).toEqual([0, 1, 2]);
    expect(kept(Number.MIN_VALUE)).toEqual([0]);
    expect(kept(1 - 2 ** -53)).toEqual([0, 1, 2, 3]);
  });

  it('applies top-p to what top-k left', () => {
    // Masses 1/2, 1/4, 1/8, 1/8: of the first two, the first alone holds 2/3.
    const logits = Float32Array.of(Math.log(4), Math.log(2), 0, 0);
    const small = new CandidateSelector(4, { engine });
    expect(small.select(logits, { topK: 2, topP: 0.6 }).count).toBe(1);
    expect(small.select(logits, { topP: 0.6 }).count).toBe(2);
  });

  it('splits ties by ascending id at every edge', () => {
    const equal = new Float32Array(vocabSize).fill(7);
    const { tokenIds, tailMass } = selector.select(equal, { topP: 0.5 });
    expect(Array.from(tokenIds)).toEqual(Array.from({ length: 4096 }, (_, id) => id));
    const nucleus = Math.ceil(0.5 * vocabSize);
    expect(tailMass).toBeCloseTo((nucleus - 4096) / nucleus, 12);
    expect(selector.select(equal, { topP: 0.5 }).drawTail(0)).toBe(4096);
    expect(selector.select(equal, { topP: 0.5 }).drawTail(1 - 2 ** -53)).toBe(nucleus - 1);
  });

  it('never draws an impossible token, a candidate or one that truncation removed from the tail', () => {
    const random = seededRandom('tail membership');
    for (const selected of [
      {},
      { topK: 9000 },
      { topP: 0.9, maxCandidates: 100 },
    ] satisfies SamplingOptions[]) {
      const logits = halfMasked.map((value, id) => (id % 3 === 0 ? flat[id]! : value));
      const candidates = selector.select(logits, selected);
      const chosen = new Set(candidates.tokenIds);
      const allowed = new Set(rankNaively(logits, selected).map(({ id }) => id));
      expect(candidates.tailMass).toBeGreaterThan(0);
      const drawn = Array.from({ length: 2000 }, () => candidates.drawTail(random()));
      expect(drawn.filter((id) => !allowed.has(id) || chosen.has(id))).toEqual([]);
    }
  });

  it('refuses logits that have no distribution', () => {
    const small = new CandidateSelector(3, { engine });
    const impossible = new Float32Array(3).fill(-Infinity);
    const uses: ((logits: Float32Array) => unknown)[] = [
      (logits) => small.select(logits),
      (logits) => small.sample(logits, {}, 0.5),
      (logits) => small.greedy(logits),
    ];
    for (const use of uses) {
      for (const logits of [Float32Array.of(0, NaN, 0), Float32Array.of(0, 0, Infinity), impossible])
        expect(codeOf(() => use(logits))).toBe('invalid-logits');
      expect(() => use(Float32Array.of(0, NaN, 0))).toThrow('NaN at index 1');
      expect(() => use(Float32Array.of(0, 0, Infinity))).toThrow('index 2');
      expect(() => use(new Float32Array(2))).toThrow(
        new RangeError('"logits" expected length 3 at least, got 2'),
      );
      expect(codeOf(() => use(Float32Array.of(0, -Infinity, 0)))).toBeUndefined();
    }
  });

  it('refuses options out of range', () => {
    const small = new CandidateSelector(3, { engine });
    const zeros = new Float32Array(3);
    const refused: SamplingOptions[] = [
      ...[0, -1, NaN, Infinity].map((temperature) => ({ temperature })),
      ...[0, -1, 1.5, NaN].map((topK) => ({ topK })),
      ...[0, -0.1, 1.1, NaN].map((topP) => ({ topP })),
      ...[0, 2.5].map((maxCandidates) => ({ maxCandidates })),
    ];
    for (const selected of refused) {
      expect(() => small.select(zeros, selected)).toThrow(RangeError);
      expect(() => small.sample(zeros, selected, 0.5)).toThrow(RangeError);
    }
    for (const size of [0, -1, 1.5])
      expect(() => new CandidateSelector(size, { engine })).toThrow(RangeError);
    expect(() => small.select(zeros).drawTail(0.5)).toThrow('to draw from the tail');
    for (const uniform of [-0.1, 1, NaN]) {
      expect(() => small.select(zeros, { maxCandidates: 1 }).drawTail(uniform)).toThrow(RangeError);
      expect(() => plainSample(small.select(zeros), uniform)).toThrow(RangeError);
      expect(() => small.sample(zeros, {}, uniform)).toThrow(RangeError);
    }
    expect(small.select(zeros).count).toBe(3);
  });

  it('ignores what a padded vocabulary adds', () => {
    const small = new CandidateSelector(5, { engine });
    const padded = Float32Array.of(1, 2, 3, 4, 5, 100, NaN, Infinity);
    const { tokenIds } = small.select(padded);
    expect(Array.from(tokenIds)).toEqual([4, 3, 2, 1, 0]);
    expect(small.greedy(padded)).toBe(4);
    expect(small.sample(padded, {}, 1 - 2 ** -53)).toBe(4);
  });

  it('finds the likeliest token, of several the first', () => {
    expect(new CandidateSelector(4, { engine }).greedy(Float32Array.of(-Infinity, 2, 2, 1))).toBe(1);
    expect(new CandidateSelector(2, { engine }).greedy(Float32Array.of(-0, 0))).toBe(0);
    for (const [name, logits] of shapes)
      expect([name, selector.greedy(logits)]).toEqual([
        name,
        logits.indexOf(logits.reduce((a, b) => Math.max(a, b))),
      ]);
  });

  it('drops tokens whose probability underflows, and takes extreme temperatures', () => {
    const small = new CandidateSelector(3, { engine });
    const logits = Float32Array.of(0, 1, -3e38);
    expect(Array.from(small.select(logits).tokenIds)).toEqual([1, 0]);
    expect(Array.from(small.select(logits, { temperature: Number.MIN_VALUE }).tokenIds)).toEqual([1]);
    const hot = small.select(logits, { temperature: 1e300, maxCandidates: 2 });
    expect(hot.tailMass).toBeCloseTo(1 / 3, 12);
    expect(hot.drawTail(0.5)).toBe(2);
  });

  it('draws each token as often as its probability says', () => {
    const draws = 10_000;
    const size = 40;
    const logits = gaussianLogits(size, 'draws', 1);
    logits[5] = -Infinity;
    const selected: SamplingOptions = { topP: 0.97, maxCandidates: 6, temperature: 1.2 };
    const ranking = rankNaively(logits, selected);
    const whole = rankNaively(logits, {});
    // Pearson's statistic wants five expected draws a cell.
    expect(
      Math.min(...ranking.map(({ prob }) => prob), ...whole.map(({ prob }) => prob)) * draws,
    ).toBeGreaterThan(5);
    const small = new CandidateSelector(size, { engine });
    const random = seededRandom(1);
    const count = (draw: () => number) => {
      const seen = new Float64Array(size);
      for (let i = 0; i < draws; i++) seen[draw()]!++;
      return seen;
    };
    const candidates = small.select(logits, selected);
    const seen = count(() => plainSample(candidates, random()));
    const seenTail = count(() => candidates.drawTail(random()));
    const seenAtOnce = count(() => small.sample(logits, selected, random()));
    const seenWhole = count(() => small.sample(logits, {}, random()));
    const tail = ranking.slice(6);
    for (const [tokens, counts] of [
      [ranking, seen],
      [ranking, seenAtOnce],
      [tail, seenTail],
      [whole, seenWhole],
    ] as const) {
      expect(tokens.reduce((sum, { id }) => sum + counts[id]!, 0)).toBe(draws);
      expect(chiSquare(tokens, counts)).toBeLessThan(chiSquareBound(tokens.length));
    }
    // Negative control: draws from the tail alone are not draws from the whole.
    expect(chiSquare(ranking, seenTail)).toBeGreaterThan(chiSquareBound(ranking.length));
  });

  it('inverts the cumulative distribution of a large tail', () => {
    // Uniforms at the middles of a grid: the draws in each stretch of ids follow its mass.
    const candidates = selector.select(wide, { maxCandidates: 10 });
    const ranking = rankNaively(wide, {}).slice(10);
    const mass = ranking.reduce((sum, { prob }) => sum + prob, 0);
    const cells = 20;
    const expected = new Float64Array(cells);
    for (const { id, prob } of ranking) expected[Math.floor((id * cells) / vocabSize)]! += prob / mass;
    const grid = 20_000;
    const seen = new Float64Array(cells);
    for (let i = 0; i < grid; i++) {
      const id = candidates.drawTail((i + 0.5) / grid);
      seen[Math.floor((id * cells) / vocabSize)]! += 1 / grid;
    }
    // A grid errs by at most one point at either end of a cell, the masses by the stated error.
    for (let cell = 0; cell < cells; cell++)
      expect(Math.abs(seen[cell]! - expected[cell]!)).toBeLessThan(2 / grid + TAIL_ERROR);
  });

  it('samples a whole vocabulary by inverting its cumulative distribution', () => {
    // In id order, each draw lies where the cumulative mass passes the uniform, but for the error of the sums.
    const ranking = rankNaively(halfMasked, { temperature: 0.8 });
    const probs = new Float64Array(vocabSize);
    for (const { id, prob } of ranking) probs[id] = prob;
    const cumulative = new Float64Array(vocabSize + 1);
    probs.forEach((prob, id) => {
      cumulative[id + 1] = cumulative[id]! + prob;
    });
    const random = seededRandom('whole');
    for (const uniform of [0, 1 - 2 ** -53, ...Array.from({ length: 500 }, random)]) {
      const id = selector.sample(halfMasked, { temperature: 0.8 }, uniform);
      expect(probs[id]).toBeGreaterThan(0);
      expect(uniform).toBeGreaterThan(cumulative[id]! - TAIL_ERROR);
      expect(uniform).toBeLessThan(cumulative[id + 1]! + TAIL_ERROR);
    }
  });
});

describe('CandidateSelector', () => {
  const selectors = ENGINES.map((engine) => new CandidateSelector(vocabSize, { engine }));
  it.each(shapes)('agrees with a full sort on %s logits', (_, logits) => {
    const order = orderNaively(logits);
    for (const selected of choices) {
      if (edgeDistance(logits, selected, order) < TAIL_ERROR) continue;
      const ranking = rankNaively(logits, selected, order);
      for (const selector of selectors)
        expectSelection(selector.select(logits, selected), ranking, selected.maxCandidates);
    }
  });

  it('gives the same bits on both engines', () => {
    const vocabSize = 30_001;
    const wasm = new CandidateSelector(vocabSize, { engine: 'wasm' });
    const scalar = new CandidateSelector(vocabSize, { engine: 'scalar' });
    const random = seededRandom('engines');
    for (let step = 0; step < 30; step++) {
      const logits = gaussianLogits(vocabSize, `engines ${step}`, 0.2 + 4 * random());
      const selected: SamplingOptions = {
        temperature: 0.5 + random(),
        topK: step % 3 === 0 ? 6000 : vocabSize,
        topP: step % 2 === 0 ? 0.97 : 1,
        maxCandidates: step % 5 === 0 ? 100 : 4096,
      };
      const shaped = step % 4 === 0 ? toBfloat16(logits) : logits;
      const a = wasm.select(shaped, selected);
      const b = scalar.select(shaped, selected);
      expect(Object.is(a.tailMass, b.tailMass)).toBe(true);
      expect(bytesOf(a.tokenIds).equals(bytesOf(b.tokenIds))).toBe(true);
      expect(bytesOf(a.probs).equals(bytesOf(b.probs))).toBe(true);
      const uniforms = [0, random(), random(), 1 - 2 ** -53];
      if (a.tailMass > 0) for (const u of uniforms) expect(a.drawTail(u)).toBe(b.drawTail(u));
      for (const u of uniforms) expect(wasm.sample(shaped, {}, u)).toBe(scalar.sample(shaped, {}, u));
    }
  });

  it('takes WebAssembly where the host has it', () => {
    expect(new CandidateSelector(5).engine).toBe('wasm');
    expect(new CandidateSelector(5, { engine: 'scalar' }).engine).toBe('scalar');
  });

  it('leaves the logits as they are', () => {
    const logits = gaussianLogits(5000, 'untouched', 2);
    const before = logits.slice();
    new CandidateSelector(5000).select(logits, { topP: 0.5 });
    expect(logits).toEqual(before);
  });
});
