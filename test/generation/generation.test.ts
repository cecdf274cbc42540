import { createPlainSampler, type SamplingSettings, seededRandom, Watermarker } from '@countermark/watermark';
import { accountCode, createScheme, type WatermarkKey } from '@countermark/watermark/scheme';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { naiveTokens } from '../support/naive-document.ts';
import { keyFrom, randomIds, randomLogits, SCHEMES } from '../support/random-key.ts';

const VOCAB = 40;
const WIDTH = 2;
const half = () => 0.5;

/** The choices of a generation whose tokens are given, so that runs can be compared step by step. */
function forcedChoices(
  key: WatermarkKey,
  response: readonly number[],
  logits: readonly Float32Array[],
  options: { accountId?: string; sampling?: SamplingSettings } = {},
): number[] {
  const watermarker = new Watermarker(key);
  const generation = watermarker.start({ ...AT_ONCE, prompt: [1, 2], random: half, ...options });
  const choices = response.map((tokenId, step) => {
    const choice = generation.choose(logits[step]!);
    generation.push(tokenId);
    return choice;
  });
  watermarker.close();
  return choices;
}

/** A response with many repeats, the logits of its steps, and what its tokens are. */
function forcedResponse(key: WatermarkKey) {
  const random = seededRandom('forced response');
  const once = randomIds(random, 120, VOCAB);
  const response = [...once, ...once.subarray(0, 40), ...once.subarray(20, 60)];
  const logits = response.map(() => randomLogits(random, VOCAB, 1));
  const tokens = naiveTokens(key, [1, 2, ...response]).slice(WIDTH);
  return { response, logits, tokens };
}

/** What is chosen in each step without any mark. */
function plainChoices(logits: readonly Float32Array[], sampling: SamplingSettings = {}): number[] {
  const sampler = createPlainSampler(VOCAB, sampling, half);
  return logits.map((step) => sampler.next(step));
}

describe.each(SCHEMES)('Generation with $kind', (scheme) => {
  const key = keyFrom('generation', VOCAB, { scheme, contextWidth: WIDTH });
  const { response, logits, tokens } = forcedResponse(key);
  const plain = plainChoices(logits);
  const withoutAccount = forcedChoices(key, response, logits);
  const first = forcedChoices(key, response, logits, { accountId: 'first' });
  const second = forcedChoices(key, response, logits, { accountId: 'second' });

  it('samples repeated contexts and free slots plainly', () => {
    let unmarked = 0;
    tokens.forEach((token, step) => {
      if (!token.isRepeatedContext && token.slot !== 'free') return;
      unmarked++;
      expect([withoutAccount[step], first[step]]).toEqual([plain[step], plain[step]]);
    });
    expect(unmarked).toBeGreaterThan(70);
    // Control: marked steps do differ from plain ones.
    expect(withoutAccount).not.toEqual(plain);
  });

  it('samples account slots plainly without an account', () => {
    const steps = tokens.flatMap(({ slot }, step) => (slot === 'account' ? [step] : []));
    expect(steps.length).toBeGreaterThan(20);
    for (const step of steps) expect(withoutAccount[step]).toBe(plain[step]);
    expect(steps.map((step) => first[step])).not.toEqual(steps.map((step) => plain[step]));
  });

  it('lets the account decide in account slots, and there alone', () => {
    let differing = 0;
    tokens.forEach(({ slot, isRepeatedContext }, step) => {
      if (slot === 'account' && !isRepeatedContext) differing += Number(first[step] !== second[step]);
      else expect(first[step]).toBe(second[step]);
    });
    expect(differing).toBeGreaterThan(0);
  });

  it('chooses by the word of the symbol that the account carries at the code position', () => {
    const chooser = createScheme(scheme);
    const code = accountCode(key.accountKey(), 'first', key.params.codeLength);
    const marked = tokens.flatMap((token, step) =>
      !token.isRepeatedContext && token.slot !== 'free' ? [{ token, step }] : [],
    );
    for (const { token, step } of marked) {
      const symbol = token.slot === 'common' ? 0 : code[token.codePosition!]!;
      const context = [1, 2, ...response].slice(step, step + WIDTH);
      const ranked = Array.from(logits[step]!, (logit, id) => ({ logit, id })).sort(
        (a, b) => b.logit - a.logit || a.id - b.id,
      );
      const weights = ranked.map(({ logit }) => Math.exp(logit));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const candidates = {
        count: VOCAB,
        tokenIds: Uint32Array.from(ranked, ({ id }) => id),
        probs: Float64Array.from(weights, (weight) => weight / total),
        tailMass: 0,
        drawTail: (): number => {
          throw new Error('there is no tail');
        },
      };
      const words = Uint32Array.from(
        ranked,
        ({ id }) => naiveTokens(key, [...context, id])[WIDTH]!.words![symbol]!,
      );
      expect(first[step]).toBe(chooser.choose({ candidates, words, random: half }));
    }
  });

  it('takes the same steps with next as with choose and push', () => {
    const watermarker = new Watermarker(key);
    const start = () =>
      watermarker.start({ ...AT_ONCE, prompt: [1, 2], accountId: 'first', random: seededRandom(1) });
    const [whole, parts] = [start(), start()];
    for (const step of logits) {
      const tokenId = parts.choose(step);
      parts.push(tokenId);
      expect(whole.next(step)).toBe(tokenId);
    }
    expect(whole.counts).toEqual(parts.counts);
    watermarker.close();
  });

  it('leaves logits as they are, and ignores those past the vocabulary', () => {
    const watermarker = new Watermarker(key);
    const padded = Float32Array.of(...logits[0]!, 99, NaN);
    const copy = padded.slice();
    const start = () => watermarker.start({ ...AT_ONCE, prompt: [1, 2], random: half });
    expect(start().next(padded)).toBe(start().next(logits[0]!));
    expect(padded).toEqual(copy);
    watermarker.close();
  });

  it('keeps responses that are interleaved apart', () => {
    const watermarker = new Watermarker(key);
    const alone = watermarker.start({ ...AT_ONCE, prompt: [1, 2], random: seededRandom(1) });
    const expected = logits.map((step) => alone.next(step));
    const a = watermarker.start({ ...AT_ONCE, prompt: [1, 2], random: seededRandom(1) });
    const b = watermarker.start({ ...AT_ONCE, prompt: [3, 4], accountId: 'second', random: seededRandom(2) });
    const found = logits.map((step) => {
      b.next(step);
      return a.next(step);
    });
    watermarker.close();
    expect(found).toEqual(expected);
  });

  it('forgets contexts of the prompt: only those of its own steps repeat', () => {
    const watermarker = new Watermarker(key);
    // The context (1, 2) stands in the prompt twice; the response meets it for the first time.
    const short = watermarker.start({ ...AT_ONCE, prompt: [1, 2], random: half });
    const long = watermarker.start({ ...AT_ONCE, prompt: [1, 2, 9, 1, 2, 9, 1, 2], random: half });
    expect(long.next(logits[0]!)).toBe(short.next(logits[0]!));
    expect(long.counts).toEqual(short.counts);
    expect(long.counts.repeatedContext).toBe(0);
    watermarker.close();
  });

  it('marks nothing until there is a full context, and never pads one', () => {
    const watermarker = new Watermarker(key);
    for (let promptLength = 0; promptLength <= WIDTH; promptLength++) {
      const generation = watermarker.start({
        ...AT_ONCE,
        prompt: [7, 8].slice(0, promptLength),
        random: half,
      });
      for (let step = 0; step < WIDTH; step++) generation.next(logits[step]!);
      expect(generation.counts.withoutContext).toBe(WIDTH - promptLength);
    }
    const generation = watermarker.start({ ...AT_ONCE, random: half });
    expect([generation.next(logits[0]!), generation.next(logits[1]!)]).toEqual(plain.slice(0, 2));
    watermarker.close();
  });
});

describe('Generation.counts', () => {
  it('is a copy', () => {
    const watermarker = new Watermarker(keyFrom('copy', VOCAB));
    const generation = watermarker.start();
    const before = generation.counts;
    generation.next(new Float32Array(VOCAB));
    expect(before.withoutContext).toBe(0);
    expect(generation.counts).toEqual({
      common: 0,
      account: 0,
      certain: 0,
      free: 0,
      start: 0,
      repeatedContext: 0,
      withoutContext: 1,
    });
    watermarker.close();
  });
});

describe('Watermarker.start at temperature 0', () => {
  it.each([SCHEMES[0]!, SCHEMES[2]!])('refuses $kind, which would have nothing to hide in', (scheme) => {
    const watermarker = new Watermarker(keyFrom('greedy', VOCAB, { scheme }));
    expect(() => watermarker.start({ sampling: { temperature: 0 } })).toThrow(RangeError);
    expect(() => watermarker.start({ sampling: { temperature: 0 } })).toThrow(
      `greedy decoding leaves the ${scheme.kind} scheme no randomness`,
    );
    watermarker.close();
  });

  const scheme = { kind: 'green-list', gamma: 0.25, delta: 2 } as const;
  const key = keyFrom('greedy', VOCAB, { scheme, contextWidth: WIDTH });

  it.each([VOCAB, 5, 1])('marks with green-list: the largest logit plus delta of the first %i', (topK) => {
    const { response, logits, tokens } = forcedResponse(key);
    const sampling = topK === VOCAB ? { temperature: 0 } : { temperature: 0, topK };
    const choices = forcedChoices(key, response, logits, { sampling });
    const green = 2 ** 30;
    tokens.forEach(({ slot, isRepeatedContext }, step) => {
      const isMarked = slot === 'common' && !isRepeatedContext;
      const context = [1, 2, ...response].slice(step, step + WIDTH);
      const values = Array.from(logits[step]!, (logit, id) => {
        const word = naiveTokens(key, [...context, id])[WIDTH]!.words![0]!;
        return { id, logit, value: isMarked && word < green ? logit + scheme.delta : logit };
      });
      const kept = values.sort((a, b) => b.logit - a.logit || a.id - b.id).slice(0, topK);
      const best = kept.reduce((winner, each) => (each.value > winner.value ? each : winner));
      expect(choices[step]).toBe(best.id);
    });
  });

  it('draws no randomness', () => {
    const watermarker = new Watermarker(key);
    const random = () => {
      throw new Error('randomness was drawn');
    };
    const generation = watermarker.start({ sampling: { temperature: 0 }, random });
    const logits = seededRandom(1);
    for (let step = 0; step < 40; step++) generation.next(randomLogits(logits, VOCAB, 1));
    expect(generation.counts.common).toBeGreaterThan(5);
    watermarker.close();
  });
});

describe('Watermarker.start', () => {
  const watermarker = new Watermarker(keyFrom('refusals', VOCAB, { scheme: SCHEMES[1]! }));

  it.each<[string, SamplingSettings]>([
    ['temperature', { temperature: -1 }],
    ['temperature', { temperature: NaN }],
    ['temperature', { temperature: Infinity }],
    ['topK', { topK: 0 }],
    ['topK', { topK: 1.5 }],
    ['topP', { topP: 0 }],
    ['topP', { topP: 1.01 }],
    ['topP', { temperature: 0, topP: 2 }],
    ['topK', { temperature: 0, topK: -1 }],
  ])('refuses a %s out of range before the first step: %j', (name, sampling) => {
    expect(() => watermarker.start({ sampling })).toThrow(RangeError);
    expect(() => watermarker.start({ sampling })).toThrow(`"${name}"`);
    expect(() => createPlainSampler(VOCAB, sampling)).toThrow(`"${name}"`);
  });

  it.each([[[VOCAB]], [[-1]], [[1.5]], [[NaN]], [[2 ** 32]]])(
    'refuses the prompt %j, which has a number that is no token id',
    (prompt) => {
      expect(() => watermarker.start({ prompt })).toThrow(RangeError);
      expect(() => watermarker.start({ prompt })).toThrow(`"prompt[0]" expected a token id below ${VOCAB}`);
      expect(() => watermarker.start().push(prompt[0]!)).toThrow('"tokenId" expected a token id');
    },
  );

  it('takes the prompt in any array', () => {
    for (const prompt of [[1, 2, 3, 4], Uint32Array.of(1, 2, 3, 4), Int32Array.of(1, 2, 3, 4)]) {
      const generation = watermarker.start({ ...AT_ONCE, prompt, random: half });
      generation.next(new Float32Array(VOCAB));
      expect(generation.counts.withoutContext).toBe(0);
    }
  });

  it('refuses an account id that has no UTF-8 form of 1 to 256 bytes, without naming it', () => {
    for (const accountId of ['', 'é'.repeat(129), 'secret-name\ud800']) {
      try {
        watermarker.start({ accountId });
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        expect(String(error)).not.toContain('secret-name');
      }
    }
  });

  it('draws fresh randomness for each response when none is given', () => {
    // 20 plain steps over 40 equally likely tokens: equal by chance once in 40^20.
    const response = () => {
      const generation = watermarker.start();
      return Array.from({ length: 20 }, () => generation.next(new Float32Array(VOCAB)));
    };
    expect(response()).not.toEqual(response());
  });

  it('refuses to go on once closed', () => {
    const closing = new Watermarker(keyFrom('closing', VOCAB));
    const generation = closing.start({ ...AT_ONCE, prompt: [1, 2, 3, 4], accountId: 'a' });
    closing.close();
    closing.close();
    expect(() => generation.next(new Float32Array(VOCAB))).toThrow(TypeError);
    expect(() => closing.start()).toThrow(TypeError);
    expect(() => closing.start({ accountId: 'a' })).toThrow('closed');
  });
});

describe('Watermarker and its key', () => {
  it('marks alike for equal keys and otherwise for another secret', () => {
    const check = fc.property(fc.integer(), fc.constantFrom(...SCHEMES), (seed, scheme) => {
      const tokens = (secretSeed: string) => {
        const key = keyFrom(secretSeed, VOCAB, { scheme, commonShare: 1, accountShare: 0 });
        const watermarker = new Watermarker(key);
        const random = seededRandom(seed);
        const generation = watermarker.start({ ...AT_ONCE, prompt: [1, 2, 3, 4], random: half });
        const response = Array.from({ length: 40 }, () => generation.next(randomLogits(random, VOCAB, 1)));
        watermarker.close();
        return response;
      };
      expect(tokens('one')).toEqual(tokens('one'));
      expect(tokens('one')).not.toEqual(tokens('other'));
    });
    fc.assert(check, { seed: 1, numRuns: 10 });
  });
});
