/** How often text that nobody marked is called marked: never more than the level says. */
import { type Dedup, Detector } from '@countermark/detector';
import { humanText, TEXT_KINDS, type TextKind } from '@countermark/fixtures';
import { createParams, type SchemeParams, seededRandom, WatermarkKey } from '@countermark/watermark';
import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretFrom } from '../support/random-key.ts';
import { allowance, expectCalibrated, LEVELS, share } from './calibrated.ts';

const TEXTS_PER_KIND = 50_000;
const SHORTEST = 50;
const LONGEST = 400;

const SCHEMES: SchemeParams[] = [
  { kind: 'gumbel' },
  { kind: 'green-list', gamma: 0.25, delta: 2 },
  { kind: 'tournament', depth: 30 },
];

let tokenizer: Tokenizer;
const streams = new Map<TextKind, Uint32Array>();

beforeAll(async () => {
  tokenizer = await openTokenizer('o200k_base');
  for (const kind of TEXT_KINDS) streams.set(kind, tokenizer.encode(humanText(kind)));
});

afterAll(() => tokenizer.close());

describe.each(SCHEMES)('the p-value of unmarked text under $kind', (scheme) => {
  it('is at most α with probability at most α, over 200,000 human texts under random keys', () => {
    const random = seededRandom(1);
    const pooled: number[] = [];
    for (const kind of TEXT_KINDS) {
      const values = log10PValues(scheme, random, TEXTS_PER_KIND, () => slice(kind, random));
      expectCalibrated(values, `${scheme.kind}, ${kind}`);
      pooled.push(...values);
    }
    expect(pooled.length).toBeGreaterThanOrEqual(200_000);
    expectCalibrated(pooled, `${scheme.kind}, all kinds`);
    // Gumbel scores are continuous but for 2^-20, so there the bound is nearly met: the test is not idle.
    if (scheme.kind === 'gumbel') {
      for (const alpha of LEVELS) {
        expect(share(pooled, alpha)).toBeGreaterThanOrEqual(alpha - allowance(alpha, pooled.length));
      }
    }
  });

  it('stays so on text that repeats itself, and does not without deduplication', () => {
    const count = 4000;
    const draw = seededRandom(2);
    const text = (): Uint32Array => repeated(slice('prose', draw), 8);
    expectCalibrated(log10PValues(scheme, seededRandom(3), count, text), `${scheme.kind}, repeated`);
    const counted = log10PValues(scheme, seededRandom(3), count, text, 'none');
    // Eight copies of each score: the tail at 1 % is then far above 5 %, whatever the scheme.
    expect(share(counted, 0.01)).toBeGreaterThan(0.05);
  });
});

/** Tests `count` texts, each under a key of its own. */
function log10PValues(
  scheme: SchemeParams,
  random: () => number,
  count: number,
  text: () => Uint32Array,
  dedup: Dedup = 'context-token',
): number[] {
  const params = createParams({
    tokenizer: { name: tokenizer.name, vocabSize: tokenizer.vocabSize, fingerprint: tokenizer.fingerprint },
    scheme,
  });
  return Array.from({ length: count }, () => {
    const secret = secretFrom(random);
    const detector = new Detector([new WatermarkKey(params, secret)], { dedup });
    const { log10PValue } = detector.detect(text());
    detector.close();
    return log10PValue;
  });
}

function slice(kind: TextKind, random: () => number): Uint32Array {
  const stream = streams.get(kind) ?? new Uint32Array(0);
  const length = SHORTEST + Math.floor((LONGEST - SHORTEST + 1) * random());
  const start = Math.floor((stream.length - length) * random());
  return stream.subarray(start, start + length);
}

function repeated(text: Uint32Array, times: number): Uint32Array {
  const whole = new Uint32Array(text.length * times);
  for (let i = 0; i < times; i++) whole.set(text, i * text.length);
  return whole;
}
