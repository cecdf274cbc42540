/** What the rule of where marks begin leaves as it is: the model's distribution, and the null law. docs/spec.md section 5.1. */
import { Detector } from '@countermark/detector';
import {
  createPlainSampler,
  type GenerationOptions,
  type SchemeParams,
  seededRandom,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { createScheme, createWordSource } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { expectCalibrated, share } from '../statistical/calibrated.ts';
import { SCHEMES as ALL_SCHEMES, keyFrom, randomLogits, secretFrom } from '../support/random-key.ts';
import { type Drawn, LOG10_LEVEL, pooledChiSquareLog10 } from './chi-square.ts';

const SCHEMES: SchemeParams[] = [{ kind: 'gumbel' }, { kind: 'tournament', depth: 30 }];
const TOKENS = 5;
const LENGTH = 8;
const WIDTH = 2;
const KEYS = 1000;
// 2.1 bits a token: responses spend these with their second, third or fourth.
const STARTED: GenerationOptions = { startBits: 5 };

// What follows each token, and the beginning of a response last.
const BASE = [0.4, 0.25, 0.15, 0.1, 0.1];
const ROWS = Array.from({ length: TOKENS + 1 }, (_, before) =>
  BASE.map((_p, id) => BASE[(id + 2 * before + 1) % TOKENS]!),
);
const LOGITS = ROWS.map((row) => Float32Array.from(row, Math.log));

/** Chooses the next token of a response so far, in a response of its own under one key. */
type Respond = (key: WatermarkKey) => (logits: Float32Array) => number;

/** What one response under each of many keys was drawn from: by position and token before, and by token before alone. */
function drawn(scheme: SchemeParams, start: Respond): { byPosition: Drawn[][]; byToken: Drawn[] } {
  const random = seededRandom('keys');
  const empty = (): Drawn[] => ROWS.map((probs) => ({ counts: new Array<number>(TOKENS).fill(0), probs }));
  const byPosition = Array.from({ length: LENGTH }, empty);
  const byToken = empty();
  const { params } = keyFrom(1, TOKENS, { scheme, contextWidth: WIDTH, commonShare: 1, accountShare: 0 });
  for (let i = 0; i < KEYS; i++) {
    const next = start(new WatermarkKey(params, secretFrom(random)));
    let before = TOKENS;
    for (const cells of byPosition) {
      const tokenId = next(LOGITS[before]!);
      for (const { counts } of [cells[before]!, byToken[before]!]) (counts as number[])[tokenId]!++;
      before = tokenId;
    }
  }
  const some = (cells: Drawn[]) => cells.filter(({ counts }) => counts.some((count) => count > 0));
  return { byPosition: byPosition.map(some), byToken: some(byToken) };
}

/** Marks as the library does, and counts what became of each position. */
function marking(options: GenerationOptions, fates: Map<string, number>): Respond {
  const random = seededRandom('draws');
  return (key) => {
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ random, ...options });
    let position = 0;
    return (logits) => {
      const before = generation.counts;
      const tokenId = generation.next(logits);
      const fate = Object.entries(generation.counts).find(
        ([name, count]) => count > before[name as 'start'],
      )![0];
      fates.set(`${position} ${fate}`, (fates.get(`${position} ${fate}`) ?? 0) + 1);
      if (++position === LENGTH) watermarker.close();
      return tokenId;
    };
  };
}

/** Marks a step only where the chosen token's word scores high, and draws plainly where it does not: what the rule must not do. */
function peeking(scheme: SchemeParams): Respond {
  const random = seededRandom('draws');
  const plain = createPlainSampler(TOKENS, {}, random);
  const { score, nullMean, nullDeviation } = createScheme(scheme);
  return (key) => {
    const watermarker = new Watermarker(key);
    const source = createWordSource(key.schemeKey(), WIDTH);
    const word = new Uint32Array(1);
    const response: number[] = [];
    let spentBits = 0;
    return (logits) => {
      const generation = watermarker.start({ random, ...STARTED, response, spentBits });
      let tokenId = generation.choose(logits);
      spentBits = generation.spentBits;
      if (generation.counts.common === 1) {
        const context = Uint32Array.from(response.slice(-WIDTH));
        source.candidateWords(context, Uint32Array.of(tokenId), 0, word);
        if (score(word[0]!) < nullMean + nullDeviation / 2) tokenId = plain.next(logits);
      }
      response.push(tokenId);
      if (response.length === LENGTH) {
        watermarker.close();
        source.close();
      }
      return tokenId;
    };
  };
}

describe.each(SCHEMES)('the first eight tokens under %j', (scheme) => {
  it.each<[string, GenerationOptions]>([
    ['a start of five bits', STARTED],
    ['pauses', { ...STARTED, pauses: { after: 2, bits: 2 } }],
  ])('have the distribution of the model, with %s', (_, options) => {
    const fates = new Map<string, number>();
    const { byPosition, byToken } = drawn(scheme, marking(options, fates));
    for (const [position, cells] of byPosition.entries()) {
      expect(pooledChiSquareLog10(cells), `position ${position}`).toBeGreaterThan(LOG10_LEVEL);
    }
    expect(pooledChiSquareLog10(byToken)).toBeGreaterThan(LOG10_LEVEL);
    // Steps of the start and marked ones stand side by side, and both are many.
    const count = (position: number, fate: string): number => fates.get(`${position} ${fate}`) ?? 0;
    expect(count(0, 'withoutContext') + count(1, 'withoutContext')).toBe(2 * KEYS);
    for (const position of [2, 3]) {
      expect(count(position, 'start'), `start at ${position}`).toBeGreaterThan(KEYS / 50);
      expect(count(position, 'common'), `common at ${position}`).toBeGreaterThan(KEYS / 10);
    }
    for (let position = 4; position < LENGTH; position++) {
      expect(count(position, 'common'), `common at ${position}`).toBeGreaterThan(KEYS / 5);
    }
    if (options.pauses !== undefined) expect(count(7, 'start')).toBeGreaterThan(KEYS / 10);
  });

  it('have not where a step is marked only if its word suits: the test can fail', () => {
    expect(pooledChiSquareLog10(drawn(scheme, peeking(scheme)).byToken)).toBeLessThan(LOG10_LEVEL);
  });
});

describe.each(ALL_SCHEMES)('answers that begin with 16 bits of their own under $kind', (scheme) => {
  it('keep the level under keys that had no part in them, and break it under their own', () => {
    const vocabSize = 40;
    const [ANSWERS, WRONG, ANSWER_TOKENS] = [200, 5, 80];
    const [wrong, right]: [number[], number[]] = [[], []];
    const log10PValue = (key: WatermarkKey, tokenIds: ArrayLike<number>): number => {
      const detector = new Detector([key], { minTokens: 1 });
      const detection = detector.detect(tokenIds);
      detector.close();
      return detection.log10PValue;
    };
    const random = seededRandom('answers');
    const own = keyFrom('own', vocabSize, { scheme, contextWidth: WIDTH });
    const watermarker = new Watermarker(own);
    for (let i = 0; i < ANSWERS; i++) {
      const generation = watermarker.start({ prompt: [1, 2, 3], random });
      const tokenIds = Array.from({ length: ANSWER_TOKENS }, () =>
        generation.next(randomLogits(random, vocabSize, 2)),
      );
      expect(generation.counts.start).toBeGreaterThan(0);
      right.push(log10PValue(own, tokenIds));
      for (let j = 0; j < WRONG; j++) {
        wrong.push(
          log10PValue(keyFrom(`wrong ${i} ${j}`, vocabSize, { scheme, contextWidth: WIDTH }), tokenIds),
        );
      }
    }
    watermarker.close();
    expectCalibrated(wrong, `${scheme.kind}, wrong keys`);
    expect(share(right, 0.001)).toBeGreaterThan(0.9);
  });
});
