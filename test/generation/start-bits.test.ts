/** Where the marks of a response begin: docs/spec.md section 5.1. */
import {
  createPlainSampler,
  type Generation,
  type GenerationOptions,
  type SamplingSettings,
  type StepCounts,
  seededRandom,
  WatermarkError,
  Watermarker,
} from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { rankNaively } from '../sampling/naive-ranking.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { keyFrom, randomLogits, SCHEMES } from '../support/random-key.ts';

const VOCAB = 60;
const WIDTH = 3;
// Of a token's bits, docs/spec.md section 5.2 allows 3e-13 / ln 2 to candidates and 3e-7 / ln 2 to the tail.
const TOLERANCE = 1e-12;
const TAIL_TOLERANCE = 1e-6;

type Choose = (generation: Generation, logits: Float32Array) => number;
const WHOLE: Choose = (generation, logits) => generation.choose(logits);
/** The same logits as candidates, in an order of their own. */
const AMONG: Choose = (generation, logits) => {
  const step = 7919;
  const ids = Uint32Array.from(logits, (_, i) => (i * step + 11) % logits.length);
  return generation.chooseAmong(
    ids,
    Float32Array.from(ids, (id) => logits[id]!),
  );
};
const FORMS: [string, Choose][] = [
  ['logits of a whole vocabulary', WHOLE],
  ['candidates', AMONG],
];

function keyOf(scheme: (typeof SCHEMES)[number], vocabSize = VOCAB) {
  // Every slot is common, so that each step is marked that may be.
  return keyFrom('start bits', vocabSize, { scheme, contextWidth: WIDTH, commonShare: 1, accountShare: 0 });
}

function bitsOf(logits: Float32Array, sampling: SamplingSettings, tokenId: number): number {
  return -Math.log2(rankNaively(logits, sampling).find(({ id }) => id === tokenId)!.prob);
}

function sum(counts: StepCounts): number {
  return Object.values(counts).reduce((total: number, count: number) => total + count, 0);
}

/** Randomness that begins anew with each step, so that responses can be compared from any step on. */
function stepwise(seed: string): { random: () => number; at(step: number): void } {
  let current = seededRandom(seed);
  return {
    random: () => current(),
    at(step) {
      current = seededRandom(`${seed} ${step}`);
    },
  };
}

const SETTINGS: { startBits: number | undefined; sampling: SamplingSettings; spread: number }[] = [
  { startBits: undefined, sampling: {}, spread: 2 },
  { startBits: 30, sampling: { temperature: 0.7 }, spread: 3 },
  { startBits: 12.5, sampling: { temperature: 1.3, topK: 7 }, spread: 2 },
  { startBits: 16, sampling: { topP: 0.8 }, spread: 4 },
  { startBits: 64, sampling: { temperature: 0.9, topK: 20, topP: 0.9 }, spread: 3 },
  // Mostly one token with more than half of the probability.
  { startBits: 6, sampling: {}, spread: 20 },
  // Fewer bits than one token has: the context decides.
  { startBits: 0.01, sampling: {}, spread: 1 },
  { startBits: 0, sampling: {}, spread: 2 },
];

describe.each(FORMS)('a response by %s', (_, choose) => {
  const cases = SCHEMES.flatMap((scheme) => SETTINGS.map((settings) => ({ scheme, ...settings })));

  it.each(cases)(
    'is marked from its h-th token on and not before it has spent B bits: $scheme.kind, $startBits, $sampling',
    ({ scheme, startBits, sampling, spread }) => {
      const watermarker = new Watermarker(keyOf(scheme));
      const generation = watermarker.start({
        prompt: [1, 2, 3, 4],
        sampling,
        random: seededRandom('draws'),
        ...(startBits === undefined ? {} : { startBits }),
      });
      const plain = createPlainSampler(VOCAB, sampling, seededRandom('draws'));
      const random = seededRandom('logits');
      const needed = startBits ?? 16;
      const response: number[] = [];
      const contexts = new Set<string>();
      let spent = 0;
      let first: number | undefined;
      for (let step = 0; step < 80; step++) {
        const logits = randomLogits(random, VOCAB, spread);
        const before = generation.counts;
        const tokenId = choose(generation, logits);
        const context = response.slice(-WIDTH);
        const fate =
          context.length < WIDTH
            ? 'withoutContext'
            : contexts.has(context.join())
              ? 'repeatedContext'
              : spent < needed
                ? 'start'
                : 'common';
        if (context.length === WIDTH) contexts.add(context.join());
        expect(generation.counts).toEqual({ ...before, [fate]: before[fate] + 1 });
        if (fate === 'common') first ??= step;
        // One uniform a token is drawn for both, up to the first mark.
        if (first === undefined) expect(tokenId).toBe(plain.next(logits));
        if (spent < needed) spent += bitsOf(logits, sampling, tokenId);
        expect(Math.abs(generation.spentBits - spent)).toBeLessThan(TOLERANCE * (step + 1));
        generation.push(tokenId);
        expect(Math.abs(generation.spentBits - spent)).toBeLessThan(TOLERANCE * (step + 1));
        response.push(tokenId);
      }
      watermarker.close();
      expect(first).toBeGreaterThanOrEqual(WIDTH);
      // The bits decided, and not the width alone.
      if (needed > 12) expect(generation.counts.start).toBeGreaterThan(0);
      else if (needed < 1) expect(first).toBe(WIDTH);
      expect(generation.counts.common).toBeGreaterThan(20);
    },
  );

  it('counts the bits of tokens behind the likeliest 4,096', () => {
    const vocabSize = 6000;
    const watermarker = new Watermarker(keyOf(SCHEMES[0]!, vocabSize));
    const sampling = { temperature: 2 };
    const generation = watermarker.start({ sampling, startBits: 64, random: seededRandom('tail') });
    const random = seededRandom('tail logits');
    let [spent, behind] = [0, 0];
    for (let step = 0; spent < 64; step++) {
      const logits = randomLogits(random, vocabSize, 1);
      const tokenId = choose(generation, logits);
      expect(generation.counts.common).toBe(0);
      behind += Number(rankNaively(logits, sampling).findIndex(({ id }) => id === tokenId) >= 4096);
      spent += bitsOf(logits, sampling, tokenId);
      expect(Math.abs(generation.spentBits - spent)).toBeLessThan(TAIL_TOLERANCE * (step + 1));
      generation.push(tokenId);
    }
    choose(generation, randomLogits(random, vocabSize, 1));
    expect(generation.counts.common).toBe(1);
    expect(behind).toBeGreaterThan(0);
    watermarker.close();
  });

  it('spends nothing on tokens that the engine did not take', () => {
    const watermarker = new Watermarker(keyOf(SCHEMES[0]!));
    const generation = watermarker.start({ random: seededRandom('forced') });
    const random = seededRandom('forced logits');
    let spent = 0;
    for (let step = 0; spent < 16; step++) {
      const logits = randomLogits(random, VOCAB, 2);
      const tokenId = choose(generation, logits);
      const bits = bitsOf(logits, {}, tokenId);
      expect(generation.counts.common).toBe(0);
      expect(generation.spentBits).toBeCloseTo(spent + bits, 10);
      if (step % 3 === 0) {
        generation.push(tokenId);
        spent += bits;
      } else {
        generation.push((tokenId + 1) % VOCAB);
      }
      expect(generation.spentBits).toBeCloseTo(spent, 10);
    }
    // Of three tokens one counted, of at most log2 60 bits and more than two.
    expect(generation.counts.start).toBeGreaterThan(3);
    choose(generation, randomLogits(random, VOCAB, 2));
    expect(generation.counts.common).toBe(1);
    watermarker.close();
  });

  it('spends the bits of the last choice where a step is asked for twice', () => {
    const watermarker = new Watermarker(keyOf(SCHEMES[0]!));
    const generation = watermarker.start({ random: seededRandom('twice'), startBits: 2 });
    const [first, second] = [1, 2].map((seed) => randomLogits(seededRandom(seed), VOCAB, 2)) as [
      Float32Array,
      Float32Array,
    ];
    const [one, other] = [choose(generation, first), choose(generation, second)];
    expect(one).not.toBe(other);
    generation.push(other);
    expect(generation.spentBits).toBeCloseTo(bitsOf(second, {}, other), 10);
    watermarker.close();
  });

  it('spends nothing on a token that the engine put in without asking', () => {
    const watermarker = new Watermarker(keyOf(SCHEMES[0]!));
    const generation = watermarker.start({ random: seededRandom('put in') });
    const logits = randomLogits(seededRandom('put in logits'), VOCAB, 2);
    const tokenId = choose(generation, logits);
    const { spentBits } = generation;
    // The same token again: it was drawn once.
    for (let i = 0; i < 5; i++) generation.push(tokenId);
    expect(generation.spentBits).toBe(spentBits);
    watermarker.close();
  });

  it.each<SamplingSettings>([{ topK: 1 }, { topP: 1e-9 }, { temperature: 1e-4, topP: 0.9 }])(
    'spends nothing on a token without an alternative, and is never marked: %j',
    (sampling) => {
      const watermarker = new Watermarker(keyOf(SCHEMES[0]!));
      const generation = watermarker.start({ sampling });
      const random = seededRandom('no choice');
      for (let step = 0; step < 200; step++) {
        const logits = randomLogits(random, VOCAB, 2);
        const tokenId = choose(generation, logits);
        expect(tokenId).toBe(logits.indexOf(logits.reduce((a, b) => Math.max(a, b))));
        generation.push(tokenId);
      }
      const { common, account, free, start, withoutContext } = generation.counts;
      expect({ spent: generation.spentBits, common, account, free, withoutContext }).toEqual({
        spent: 0,
        common: 0,
        account: 0,
        free: 0,
        withoutContext: WIDTH,
      });
      expect(start).toBeGreaterThan(100);
      watermarker.close();
    },
  );

  it('counts each step once, whatever became of it', () => {
    const key = keyFrom('all fates', 6, { contextWidth: 2 });
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ accountId: 'a', random: seededRandom('fates') });
    const random = seededRandom('fates logits');
    for (let step = 0; step < 60; step++) {
      expect(sum(generation.counts)).toBe(step);
      // In every tenth step one token has it all.
      const logits = randomLogits(random, 6, 1);
      if (step % 10 === 9) logits[step % 6] = 50;
      generation.push(choose(generation, logits));
    }
    for (const count of Object.values(generation.counts)) expect(count).toBeGreaterThan(0);
    watermarker.close();
  });

  it.each<[string, GenerationOptions, keyof StepCounts]>([
    ['marked', AT_ONCE, 'common'],
    ['of the start', { promptContexts: true }, 'start'],
    ['without a context', {}, 'withoutContext'],
  ])(
    'leaves the context of a step that fails unused, and counts nothing: a step %s',
    (_name, options, fate) => {
      const watermarker = new Watermarker(keyOf(SCHEMES[0]!));
      const start = () => watermarker.start({ prompt: [1, 2, 3], random: () => 0.5, ...options });
      const [failing, other] = [start(), start()];
      const logits = randomLogits(seededRandom('failing'), VOCAB, 2);
      for (const wrong of [Number.NaN, Infinity]) {
        const broken = logits.slice().fill(wrong, 20, 21);
        expect(() => choose(failing, broken)).toThrow(WatermarkError);
      }
      expect(() => choose(failing, logits.slice().fill(-Infinity))).toThrow(WatermarkError);
      expect(() => choose(failing, new Float32Array(0))).toThrow(RangeError);
      expect({ counts: failing.counts, spent: failing.spentBits }).toEqual({
        counts: {
          common: 0,
          account: 0,
          certain: 0,
          free: 0,
          start: 0,
          repeatedContext: 0,
          withoutContext: 0,
        },
        spent: 0,
      });
      expect(choose(failing, logits)).toBe(choose(other, logits));
      expect(failing.counts).toEqual(other.counts);
      expect(failing.counts).toMatchObject({ [fate]: 1, repeatedContext: 0 });
      watermarker.close();
    },
  );
});

describe.each(SCHEMES)('a response under $kind that is gone on with', (scheme) => {
  const watermarker = new Watermarker(keyOf(scheme));
  const sampling = { temperature: 0.9, topK: 12 };
  const STEPS = 40;
  const random = seededRandom('gone on');
  const logits = Array.from({ length: STEPS }, () => randomLogits(random, VOCAB, 2));

  interface Run {
    readonly response: number[];
    /** Before each step, and after the last. */
    readonly spent: number[];
    readonly counts: StepCounts;
  }

  function goOn(from: number, options: GenerationOptions): Run {
    const draws = stepwise('gone on');
    const generation = watermarker.start({ prompt: [5, 6, 7], sampling, random: draws.random, ...options });
    const response: number[] = [];
    const spent = [generation.spentBits];
    for (let step = from; step < STEPS; step++) {
      draws.at(step);
      response.push(generation.next(logits[step]!));
      spent.push(generation.spentBits);
    }
    return { response, spent, counts: generation.counts };
  }

  const whole = goOn(0, {});
  const firstMarked = whole.counts.withoutContext + whole.counts.start + whole.counts.repeatedContext;

  it.each([1, 2, 3, 5, 6, 8, 20, 39])(
    'takes the same steps with its bits as if unbroken: after %i',
    (cut) => {
      const rest = goOn(cut, { response: whole.response.slice(0, cut), spentBits: whole.spent[cut]! });
      expect(rest.response).toEqual(whole.response.slice(cut));
      expect(rest.spent).toEqual(whole.spent.slice(cut));
      expect(rest.counts.common).toBe(Math.min(whole.counts.common, STEPS - Math.max(cut, firstMarked)));
      expect(sum(rest.counts)).toBe(STEPS - cut);
    },
  );

  it('spends its bits anew without them', () => {
    const cut = 20;
    expect(firstMarked).toBeLessThan(cut);
    const response = whole.response.slice(0, cut);
    const anew = goOn(cut, { response });
    let [spent, first] = [0, cut];
    while (spent < 16) spent += bitsOf(logits[first]!, sampling, anew.response[first++ - cut]!);
    expect(first).toBeGreaterThan(cut + 3);
    expect(anew.counts).toMatchObject({ start: first - cut, withoutContext: 0, repeatedContext: 0 });
    expect(anew.spent[0]).toBe(0);
  });
});

describe('greedy decoding', () => {
  it.each([{}, { startBits: 64 }, { startBits: 0 }])('needs h tokens and no bits: %j', (options) => {
    const scheme = { kind: 'green-list', gamma: 0.5, delta: 20 } as const;
    const watermarker = new Watermarker(keyOf(scheme));
    const generation = watermarker.start({ prompt: [1, 2, 3], sampling: { temperature: 0 }, ...options });
    const random = seededRandom('greedy');
    const isLikeliest: boolean[] = [];
    for (let step = 0; step < 40; step++) {
      const logits = randomLogits(random, VOCAB, 2);
      isLikeliest.push(logits[generation.next(logits)] === Math.max(...logits));
    }
    expect(generation.counts).toMatchObject({ withoutContext: WIDTH, start: 0, common: 40 - WIDTH });
    expect(generation.spentBits).toBe(0);
    expect(isLikeliest.slice(0, WIDTH)).toEqual([true, true, true]);
    expect(isLikeliest.slice(WIDTH).filter((each) => !each).length).toBeGreaterThan(8);
    watermarker.close();
  });
});

describe('Watermarker.start', () => {
  const watermarker = new Watermarker(keyOf(SCHEMES[1]!));
  const OUT_OF_RANGE: GenerationOptions[] = [
    { startBits: -1 },
    { startBits: -Number.MIN_VALUE },
    { startBits: 64.001 },
    { startBits: Infinity },
    { startBits: Number.NaN },
    { spentBits: -1 },
    { spentBits: -Number.MIN_VALUE },
    { spentBits: Infinity },
    { spentBits: Number.NaN },
  ];

  it.each(OUT_OF_RANGE.flatMap((options) => [options, { ...options, sampling: { temperature: 0 } }]))(
    'refuses what is out of range: %o',
    (options) => {
      const [name] = Object.keys(options);
      expect(() => watermarker.start(options)).toThrow(RangeError);
      expect(() => watermarker.start(options)).toThrow(`"${name}" expected`);
    },
  );

  it.each([{ startBits: 0 }, { startBits: 64 }, { spentBits: 0 }, { spentBits: 1e6 }])(
    'takes %o',
    (options) => {
      expect(watermarker.start(options).spentBits).toBe('spentBits' in options ? options.spentBits : 0);
    },
  );

  it('looks at the prompt only with promptContexts', () => {
    const logits = randomLogits(seededRandom('prompt'), VOCAB, 2);
    const counts = (options: GenerationOptions): StepCounts => {
      const generation = watermarker.start({ prompt: [1, 2, 3, 4], startBits: 0, ...options });
      generation.next(logits);
      return generation.counts;
    };
    expect(counts({})).toMatchObject({ withoutContext: 1, common: 0 });
    expect(counts({ promptContexts: true })).toMatchObject({ withoutContext: 0, common: 1 });
    expect(counts({ response: [4, 5] })).toMatchObject({ withoutContext: 1, common: 0 });
    expect(counts({ response: [4, 5], promptContexts: true })).toMatchObject({ common: 1 });
    expect(counts({ response: [4, 5, 6] })).toMatchObject({ withoutContext: 0, common: 1 });
    // The context of the prompt's end comes again.
    const response = [9, 2, 3, 4];
    expect(counts({ response })).toMatchObject({ repeatedContext: 0, common: 1 });
    expect(counts({ response, promptContexts: true })).toMatchObject({ repeatedContext: 1, common: 0 });
  });

  it('spends its bits before contexts of the prompt, too', () => {
    const generation = watermarker.start({
      prompt: [1, 2, 3, 4],
      promptContexts: true,
      random: seededRandom('both'),
    });
    const random = seededRandom('both logits');
    let [spent, steps] = [0, 0];
    for (; spent < 16; steps++) {
      const logits = randomLogits(random, VOCAB, 2);
      spent += bitsOf(logits, {}, generation.next(logits));
    }
    generation.next(randomLogits(random, VOCAB, 2));
    expect(generation.counts).toMatchObject({ start: steps, common: 1, withoutContext: 0 });
  });
});

describe('Generation.moveTo', () => {
  const watermarker = new Watermarker(keyOf(SCHEMES[0]!));
  const logits = randomLogits(seededRandom('moved'), VOCAB, 2);
  const AT_WIDTH: GenerationOptions = { startBits: 0 };

  it.each<[number | undefined, GenerationOptions, keyof StepCounts]>([
    [undefined, AT_WIDTH, 'common'],
    [4, AT_WIDTH, 'common'],
    [3, AT_WIDTH, 'common'],
    [2, AT_WIDTH, 'withoutContext'],
    [0, AT_WIDTH, 'withoutContext'],
    [0, AT_ONCE, 'common'],
    [3, {}, 'start'],
  ])(
    'takes %o of four tokens for the response: with %o its step is counted as %s',
    (generated, options, fate) => {
      const generation = watermarker.start(options);
      if (generated === undefined) generation.moveTo([1, 2, 3, 4]);
      else generation.moveTo([1, 2, 3, 4], generated);
      generation.choose(logits);
      expect(generation.counts[fate]).toBe(1);
      expect(sum(generation.counts)).toBe(1);
    },
  );

  it('counts the bits of a token that was taken, and of no other', () => {
    const generation = watermarker.start({ random: seededRandom('moved') });
    generation.moveTo([1, 2, 3], 0);
    const first = generation.choose(logits);
    const one = bitsOf(logits, {}, first);
    generation.moveTo([1, 2, 3, first], 1);
    const second = generation.choose(logits);
    const both = one + bitsOf(logits, {}, second);
    expect(generation.spentBits).toBeCloseTo(both, 10);
    // Another one was taken.
    generation.moveTo([1, 2, 3, first, (second + 1) % VOCAB], 2);
    expect(generation.spentBits).toBeCloseTo(one, 10);
    // The engine went back, and no draw is left to be counted.
    generation.moveTo([1, 2, 3, first], 1);
    generation.moveTo([1, 2, 3, first, second], 2);
    expect(generation.spentBits).toBeCloseTo(one, 10);
  });

  it('counts nothing twice where the same step is asked for again, though its last token was drawn', () => {
    const coin = Float32Array.from({ length: VOCAB }, (_, id) => (id < 2 ? 0 : -Infinity));
    for (const context of [[1, 2, 3, 0], [2, 3, 0], [0]]) {
      const generation = watermarker.start({ random: seededRandom('again') });
      for (let time = 0; time < 30; time++) {
        generation.moveTo(context);
        generation.choose(coin);
        expect(generation.spentBits).toBe(1);
      }
    }
  });
});
