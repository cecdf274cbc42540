/** Tracing by weighted scores, and against decoy keys. */
import { AccountTracer, type AccountTracerOptions, type TokenProbabilities } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { markedAnswers, markedIds } from '../support/marked-ids.ts';
import { keyFrom, randomIds, secretFrom } from '../support/random-key.ts';

const VOCABULARY = 256;
const key = keyFrom(1, VOCABULARY);
const accounts = Array.from({ length: 500 }, (_, i) => `account-${i}`);

const alike = (value: number, tokens: number): TokenProbabilities => ({
  values: new Array<number>(tokens).fill(value),
});

function tracing<T>(options: AccountTracerOptions, work: (tracer: AccountTracer) => T): T {
  const tracer = new AccountTracer(key, options);
  try {
    return work(tracer);
  } finally {
    tracer.close();
  }
}

describe('AccountTracer.add with probabilities', () => {
  const ids = markedIds(key, 'account-42', 200, 'weights');
  // Of a model with logits uniform on −3 … 3: what wins has about this probability.
  const probabilities = alike(0.02, ids.length);

  it('names the account with more evidence', () => {
    const found = (given?: TokenProbabilities) =>
      tracing({}, (tracer) => {
        tracer.add(ids, given);
        return tracer.trace(accounts).documents[0]!;
      });
    const weighted = found(probabilities);
    expect(weighted).toMatchObject({ weights: 'known', named: [{ account: 'account-42' }] });
    expect(weighted.log10PValue).toBeLessThan(found().log10PValue);
    expect(found()).not.toHaveProperty('weights');
  });

  it('bounds the naming of innocents as the plain scores do', () => {
    // Under random keys, the smallest corrected p-value of 20 innocents is at most α with probability at most α: of 400 texts,
    // at α = 0.1, at most 40 + 4.9 √36 = 69.
    const innocents = accounts.slice(0, 20);
    const random = seededRandom('innocents');
    let accused = 0;
    for (let i = 0; i < 400; i++) {
      const tracer = new AccountTracer(keyFrom(`key ${i}`, VOCABULARY), { alpha: 0.1 });
      const text = randomIds(random, 150, VOCABULARY);
      tracer.add(text, { values: Float64Array.from(text, () => 10 ** (-3 * random())), source: 'proxy' });
      if (tracer.trace(innocents).documents[0]!.verdict === 'named') accused++;
      tracer.close();
    }
    expect(accused).toBeLessThanOrEqual(69);
    // Far fewer would mean that the test is idle; 1 − 0.9 of 400 are due, less 4.9 standard errors.
    expect(accused).toBeGreaterThanOrEqual(11);
  });

  it('does not add up scores of two kinds', () => {
    tracing({}, (tracer) => {
      tracer.add(ids, probabilities);
      expect(() => tracer.add(ids)).toThrow(/expected known as for the other documents, got none/);
      expect(() => tracer.add(ids, { ...probabilities, source: 'proxy' })).toThrow(/known.*got proxy/);
      expect(() => tracer.add(ids, alike(0.5, 3))).toThrow(
        expect.objectContaining({ code: 'probabilities-unusable' }),
      );
      // What was refused was not added.
      expect(tracer.trace(accounts).documents).toHaveLength(1);
    });
  });

  it('is refused for other schemes', () => {
    const other = new AccountTracer(keyFrom(1, VOCABULARY, { scheme: { kind: 'tournament', depth: 30 } }));
    expect(() => other.add(ids, probabilities)).toThrow(/gumbel key, got tournament/);
    other.close();
  });
});

describe('AccountTracer with decoys', () => {
  const random = seededRandom('decoys');
  const secret = () => secretFrom(random);
  const options = { decoys: { count: 19, secret } };

  it('ranks the key first on what it marked, in each text and in the pool', () => {
    const answers = markedAnswers(key, ['account-1', 'account-2'], 250, 'decoys');
    const { documents, pooled } = tracing(options, (tracer) => {
      for (const ids of answers) tracer.add(ids);
      return tracer.trace(accounts);
    });
    for (const { decoys } of [...documents, pooled!]) {
      expect(decoys).toMatchObject({ count: 19, atLeastAsStrong: 0, alarm: false });
      expect(decoys!.log10RankPValue).toBeCloseTo(Math.log10(1 / 20), 12);
    }
  });

  it('ranks it anywhere on what it did not mark, and last where nothing can be named', () => {
    // 12 texts: their mean rank among 20 is 10.5 with a standard error of 5.8 / √12, so within 4.9 of these.
    const ranks = Array.from({ length: 12 }, (_, i) =>
      tracing(options, (tracer) => {
        tracer.add(randomIds(seededRandom(`unmarked ${i}`), 400, VOCABULARY));
        return tracer.trace(accounts.slice(0, 1)).documents[0]!.decoys!.atLeastAsStrong + 1;
      }),
    );
    const mean = ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
    expect(Math.abs(mean - 10.5)).toBeLessThan((4.9 * 5.8) / Math.sqrt(12));
    const short = tracing(options, (tracer) => {
      tracer.add([1, 2, 3]);
      return tracer.trace(accounts).documents[0]!;
    });
    expect(short).toMatchObject({
      verdict: 'inconclusive',
      decoys: { atLeastAsStrong: 19, log10RankPValue: 0 },
    });
  });

  it('weighs under decoys as under the key', () => {
    const ids = markedIds(key, 'account-3', 150, 'both');
    const decoys = tracing(options, (tracer) => {
      tracer.add(ids, alike(0.02, ids.length));
      return tracer.trace(accounts).documents[0]!.decoys;
    });
    expect(decoys).toMatchObject({ atLeastAsStrong: 0 });
  });

  it('refuses a number of decoys that is none', () => {
    expect(() => new AccountTracer(key, { decoys: { count: -1 } })).toThrow(/"decoys.count"/);
  });
});
