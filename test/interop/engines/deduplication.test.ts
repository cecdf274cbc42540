import { Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { ForeignKey, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { criticalCount, lnBinomialTail, lnGammaTail } from '../tails.ts';
import { openMark, scoreUnique, vllmPositions, wordsAt } from './marks.ts';

const SCALE = 2 ** 20;
const ALPHA = 0.01;
// A calibrated test exceeds the critical count once in a million runs; these runs are seeded.
const SURE = 1e-6;

/** Ids with frequencies as in text: Zipf's law over a vocabulary of 5,000. */
function zipf(random: () => number, length: number): number[] {
  return Array.from({ length }, () => Math.floor(5000 ** random()));
}

function randomKey(random: () => number, bits: number): string {
  return String(
    BigInt(Math.floor(2 ** 31 * random())) * 2n ** BigInt(bits - 31) + BigInt(Math.floor(2 ** 30 * random())),
  );
}

describe('selfhash', () => {
  it('is calibrated on unmarked text where the peer’s deduplication is not', () => {
    const keys = 250;
    const random = seededRandom('selfhash under the null');
    let ours = 0;
    let peers = 0;
    for (let i = 0; i < keys; i++) {
      const text = zipf(random, 1500);
      const mark = openMark('vllm-sbw', { algorithm: 'sbw', key: randomKey(random, 63), sbw_gamma: 0.25 });
      const green = Math.floor(0.25 * (2 ** 31 - 1)) / 2 ** 31;
      const unique = scoreUnique(mark, Uint32Array.from(text));
      if (lnBinomialTail(unique.sum, unique.scored, green) * Math.LOG10E <= Math.log10(ALPHA)) ours++;
      // The same exact tail, on what the peer takes for independent: each context once.
      const { sequence, positions } = vllmPositions(text, 4, true);
      const sum = mark.wordScore.sumScores(wordsAt(mark, sequence, positions), positions.length);
      if (lnBinomialTail(sum, positions.length, green) * Math.LOG10E <= Math.log10(ALPHA)) peers++;
    }
    const critical = criticalCount(keys, ALPHA, SURE);
    expect(ours).toBeLessThan(critical);
    expect(peers).toBeGreaterThan(critical);
  });
});

describe('padded first contexts', () => {
  it('flag texts of one token at the peer, and none here', () => {
    const key = '424242';
    const mark = openMark('vllm-gumbel', { key });
    const interopKey = new ForeignKey({
      profile: profileNamed('vllm-gumbel'),
      config: { key },
      vocabSize: 20_000,
    });
    const detector = new Detector([interopKey]);
    let flaggedThere = 0;
    for (let token = 0; token < 20_000; token++) {
      const { sequence, positions } = vllmPositions([token], 4, true);
      const [word] = wordsAt(mark, sequence, positions);
      if (Math.exp(-mark.wordScore.score(word!) / SCALE) <= 6e-4) flaggedThere++;
      expect(scoreUnique(mark, Uint32Array.of(token)).scored).toBe(0);
    }
    // Whoever wrote them: 6e-4 of 20,000 tokens, within five deviations.
    expect(Math.abs(flaggedThere - 12)).toBeLessThan(5 * Math.sqrt(12));
    for (const token of [0, 777, 19_999]) {
      const { scored, verdict } = detector.detect(Uint32Array.of(token)).keys[0]!;
      expect([scored, verdict]).toEqual([0, 'inconclusive']);
    }
    detector.close();
  });
});

describe('pooled documents with shared openings', () => {
  it.each(['vllm-gumbel', 'sglang-gumbel'])(
    '%s is calibrated with tuples counted once in all of them',
    (name) => {
      const keys = 300;
      const documents = 40;
      const random = seededRandom(`${name} shared openings`);
      let across = 0;
      let within = 0;
      for (let i = 0; i < keys; i++) {
        const key = randomKey(random, 60);
        const mark = openMark(name, { key: name === 'vllm-gumbel' ? key : key.slice(0, 16) });
        const opening = zipf(random, 12);
        const seen = new Set<string>();
        const pooled = { scored: 0, sum: 0 };
        const summed = { scored: 0, sum: 0 };
        for (let d = 0; d < documents; d++) {
          const text = Uint32Array.from([...opening, ...zipf(random, 20)]);
          const once = scoreUnique(mark, text, seen);
          const alone = scoreUnique(mark, text);
          pooled.scored += once.scored;
          pooled.sum += once.sum;
          summed.scored += alone.scored;
          summed.sum += alone.sum;
        }
        if (lnGammaTail(pooled.sum / SCALE, pooled.scored) <= Math.log(ALPHA)) across++;
        if (lnGammaTail(summed.sum / SCALE, summed.scored) <= Math.log(ALPHA)) within++;
      }
      const critical = criticalCount(keys, ALPHA, SURE);
      expect(across).toBeLessThan(critical);
      // Negative control: the peers' own habit, each document by itself and all sums together.
      expect(within).toBeGreaterThan(critical);
    },
  );

  it('still shows the mark', () => {
    const random = seededRandom('marked pool');
    const mark = openMark('vllm-gumbel', { key: '31337' }, 5000);
    const seen = new Set<string>();
    let scored = 0;
    let sum = 0;
    for (let d = 0; d < 20; d++) {
      const tokenIds = [1, 2, 3, 4];
      const sampler = mark.startSampler!(0, random);
      for (let i = 0; i < 12; i++) {
        const ids = Uint32Array.from(new Set(zipf(random, 8)));
        const probs = new Float64Array(ids.length).fill(1 / ids.length);
        tokenIds.push(
          sampler.choose(tokenIds, {
            count: ids.length,
            tokenIds: ids,
            probs,
            tailMass: 0,
            drawTail: () => 0,
          }),
        );
      }
      const found = scoreUnique(mark, Uint32Array.from(tokenIds), seen);
      scored += found.scored;
      sum += found.sum;
    }
    expect(lnGammaTail(sum / SCALE, scored) * Math.LOG10E).toBeLessThan(-20);
  });
});
