/** Over random keys, responses have the model's own distribution: docs/spec.md section 5. */
import {
  createParams,
  type SchemeParams,
  seededRandom,
  type TokenSampler,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { chiSquareLog10, LOG10_LEVEL } from './chi-square.ts';

const SCHEMES: SchemeParams[] = [{ kind: 'gumbel' }, { kind: 'tournament', depth: 30 }];

/** Logits of probabilities; the temperature is undone so that the sampler meets the probabilities again. */
function logitsOf(probs: readonly number[], temperature = 1): Float32Array {
  return Float32Array.from(probs, (p) => temperature * Math.log(p));
}

function randomSecret(random: () => number): Uint8Array {
  return Uint8Array.from({ length: 32 }, () => Math.floor(256 * random()));
}

/** Everything is in a common slot: plain steps would only dilute a fault. */
function watermarkerOf(scheme: SchemeParams, vocabSize: number, contextWidth: number, secret: Uint8Array) {
  const tokenizer = { name: 'none', vocabSize, fingerprint: '0'.repeat(64) };
  const params = createParams({ tokenizer, scheme, contextWidth, commonShare: 1, accountShare: 0 });
  return new Watermarker(new WatermarkKey(params, secret));
}

/** Counts the outcomes of one response under each of `count` random keys. */
function countOverKeys(
  count: number,
  outcomes: number,
  open: (secret: Uint8Array) => Watermarker,
  respond: (watermarker: Watermarker) => number,
): number[] {
  const random = seededRandom(1);
  const counts = new Array<number>(outcomes).fill(0);
  for (let i = 0; i < count; i++) {
    const watermarker = open(randomSecret(random));
    counts[respond(watermarker)]!++;
    watermarker.close();
  }
  return counts;
}

describe.each(SCHEMES)('the first token under %j', (scheme) => {
  const probs = [0.4, 0.2, 0.1, 0.1, 0.08, 0.05, 0.04, 0.02, 0.01];
  const temperature = 0.7;
  const logits = logitsOf(probs, temperature);
  const open = (secret: Uint8Array) => watermarkerOf(scheme, probs.length, 4, secret);
  const draws = 500;

  it('has the distribution of the model over 500 keys', () => {
    const random = seededRandom(2);
    const counts = countOverKeys(draws, probs.length, open, (watermarker) =>
      watermarker.start({ ...AT_ONCE, prompt: [1, 2, 3, 4], sampling: { temperature }, random }).next(logits),
    );
    expect(chiSquareLog10(counts, probs)).toBeGreaterThan(LOG10_LEVEL);
  });

  it('has not under one key used 500 times: the test can fail', () => {
    const random = seededRandom(2);
    const watermarker = open(randomSecret(random));
    const counts = new Array<number>(probs.length).fill(0);
    for (let i = 0; i < draws; i++) {
      counts[
        watermarker
          .start({ ...AT_ONCE, prompt: [1, 2, 3, 4], sampling: { temperature }, random })
          .next(logits)
      ]!++;
    }
    expect(chiSquareLog10(counts, probs)).toBeLessThan(LOG10_LEVEL);
  });
});

describe.each(SCHEMES)('the tail under %j', (scheme) => {
  it('has its mass over 2,000 contexts, and so have parts of it', () => {
    // 4,096 candidates: 4 likely ones and 4,092 others; behind them a tail of 904 tokens as likely as those.
    const vocabSize = 5000;
    const likely = [0.3, 0.15, 0.1, 0.05];
    const each = 0.4 / (vocabSize - likely.length);
    const probs = [...likely, ...new Array<number>(vocabSize - likely.length).fill(each)];
    const logits = logitsOf(probs);
    const categoryOf = (id: number) => (id < 4 ? id : id < 4096 ? 4 : id < 4548 ? 5 : 6);
    const masses = new Array<number>(7).fill(0);
    probs.forEach((p, id) => {
      masses[categoryOf(id)]! += p;
    });
    const random = seededRandom(3);
    const watermarker = watermarkerOf(scheme, vocabSize, 1, randomSecret(random));
    const counts = new Array<number>(masses.length).fill(0);
    for (let context = 0; context < 2000; context++) {
      counts[categoryOf(watermarker.start({ ...AT_ONCE, prompt: [context], random }).next(logits))]!++;
    }
    watermarker.close();
    expect(chiSquareLog10(counts, masses)).toBeGreaterThan(LOG10_LEVEL);
  });
});

describe.each(SCHEMES)('three tokens under %j', (scheme) => {
  // Width 1, so that contexts repeat within a response whenever a token does. Token 3 only opens the first context.
  const probs = [0.5, 0.3, 0.2];
  const logits = Float32Array.of(...logitsOf(probs), -Infinity);
  const joint = Array.from(
    { length: 27 },
    (_, i) => probs[i % 3]! * probs[Math.floor(i / 3) % 3]! * probs[Math.floor(i / 9)]!,
  );

  function responses(
    sampler: (watermarker: Watermarker, tokens: readonly number[]) => TokenSampler,
  ): number[] {
    const open = (secret: Uint8Array) => watermarkerOf(scheme, 4, 1, secret);
    return countOverKeys(625, 27, open, (watermarker) => {
      const tokens: number[] = [];
      for (let step = 0; step < 3; step++) tokens.push(sampler(watermarker, tokens).next(logits));
      return tokens[0]! + 3 * tokens[1]! + 9 * tokens[2]!;
    });
  }

  it('have the joint distribution of the model, repeated contexts and all', () => {
    const random = seededRandom(4);
    let open: TokenSampler;
    const counts = responses((watermarker, tokens) => {
      if (tokens.length === 0) open = watermarker.start({ ...AT_ONCE, prompt: [3], random });
      return open;
    });
    expect(chiSquareLog10(counts, joint)).toBeGreaterThan(LOG10_LEVEL);
  });

  it('have not if repeated contexts are forgotten: the test can fail', () => {
    const random = seededRandom(4);
    const counts = responses((watermarker, tokens) =>
      watermarker.start({ ...AT_ONCE, prompt: [3, ...tokens], random }),
    );
    expect(chiSquareLog10(counts, joint)).toBeLessThan(LOG10_LEVEL);
  });
});
