/** Where the marks of others begin: with their first token by default, and after a start of its own where one is asked for. */
import { Detector } from '@countermark/detector';
import { createPlainSampler, type SamplingSettings, seededRandom } from '@countermark/watermark';
import {
  type ForeignGenerationOptions,
  ForeignKey,
  ForeignWatermarker,
  profileNamed,
} from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { rankNaively } from '../sampling/naive-ranking.ts';
import { randomLogits } from '../support/random-key.ts';
import { SAMPLE_CONFIGS, type SampleConfig } from './configs.ts';

const STEPS = 60;
const PROMPT = [11, 12, 13, 14, 15, 16];
// Some three bits a token, so that the bits decide where a mark begins, and not the context alone.
const SAMPLING: SamplingSettings = { temperature: 0.9, topK: 12 };

const cases = SAMPLE_CONFIGS.filter(({ profile }) => profile !== 'exp-edit').map((sample) => ({
  ...sample,
  title: `${sample.profile}, ${sample.variant}`,
}));

function keyOf({ profile, config, vocabSize }: SampleConfig): ForeignKey {
  return new ForeignKey({ profile: profileNamed(profile), config, vocabSize });
}

function widthOf(key: ForeignKey): number {
  const { source } = key.open();
  source.close();
  return source.contextWidth;
}

/** Randomness that begins anew with each step, so that responses can be compared step by step. */
class StepRandom {
  #current = seededRandom('');
  readonly random = (): number => this.#current();

  at(step: number): void {
    this.#current = seededRandom(`step ${step}`);
  }
}

function logitsOf(vocabSize: number): Float32Array[] {
  const random = seededRandom('logits');
  return Array.from({ length: STEPS }, () => randomLogits(random, vocabSize, 6));
}

function respond(
  watermarker: ForeignWatermarker,
  logits: readonly Float32Array[],
  options: ForeignGenerationOptions,
): number[] {
  const draws = new StepRandom();
  const response = watermarker.start({ prompt: PROMPT, random: draws.random, ...options });
  return logits.map((step, i) => {
    draws.at(i);
    return response.next(step);
  });
}

describe.each(cases)('ForeignWatermarker.start with $title', (sample) => {
  const key = keyOf(sample);
  const logits = logitsOf(sample.vocabSize);

  it('marks from the first token on where no start is asked for', () => {
    const watermarker = new ForeignWatermarker(key);
    for (const sampling of [{}, SAMPLING]) {
      expect(respond(watermarker, logits, { sampling, startBits: 0 })).toEqual(
        respond(watermarker, logits, { sampling }),
      );
    }
    watermarker.close();
  });

  // Of few bits, the context alone decides where the mark begins.
  it.each([16, 0.01])(
    'samples plainly until h tokens and %d bits are spent, and then chooses as without a start',
    (startBits) => {
      const watermarker = new ForeignWatermarker(key);
      const [ours, theirs, unmarked] = [new StepRandom(), new StepRandom(), new StepRandom()];
      const options = { prompt: PROMPT, sampling: SAMPLING };
      const response = watermarker.start({ ...options, random: ours.random, startBits });
      // Told of each token that the other took.
      const whole = watermarker.start({ ...options, random: theirs.random });
      const plain = createPlainSampler(sample.vocabSize, SAMPLING, unmarked.random);
      const width = widthOf(key);
      const differing = { before: 0, after: 0 };
      let spent = 0;
      for (const [step, each] of logits.entries()) {
        for (const draws of [ours, theirs, unmarked]) draws.at(step);
        const [tokenId, marked, drawn] = [response.choose(each), whole.choose(each), plain.next(each)];
        if (step < width || spent < startBits) {
          expect(tokenId).toBe(drawn);
          if (step >= width) differing.before += Number(marked !== drawn);
          spent -= Math.log2(rankNaively(each, SAMPLING).find(({ id }) => id === tokenId)!.prob);
        } else {
          expect(tokenId).toBe(marked);
          differing.after += Number(marked !== drawn);
        }
        response.push(tokenId);
        whole.push(tokenId);
      }
      watermarker.close();
      expect(differing.after).toBeGreaterThan(3);
      if (width < 4 && startBits === 16) expect(differing.before).toBeGreaterThan(0);
    },
  );
});

describe('a response of others with a start', () => {
  it.each(['vllm-gumbel', 'vllm-sbw', 'synthid-hf', 'kgw-hf', 'three-bricks-gumbel'])(
    'is detected as any other: %s',
    (profile) => {
      const key = keyOf(SAMPLE_CONFIGS.find((sample) => sample.profile === profile)!);
      const watermarker = new ForeignWatermarker(key);
      const random = seededRandom('detected');
      const response = watermarker.start({ prompt: PROMPT, random, startBits: 64 });
      const { vocabSize } = watermarker;
      const tokenIds = Array.from({ length: 300 }, () => response.next(randomLogits(random, vocabSize, 3)));
      watermarker.close();
      const detector = new Detector([key]);
      expect(detector.detect(tokenIds).verdict).toBe('detected');
      // 64 bits are six tokens or so.
      expect(detector.detect(tokenIds.slice(0, 8)).log10RawPValue).toBeGreaterThan(-4);
      detector.close();
    },
  );

  it.each([-1, 64.5, Number.NaN])('is refused start bits of %d', (startBits) => {
    const watermarker = new ForeignWatermarker(keyOf(SAMPLE_CONFIGS[0]!));
    expect(() => watermarker.start({ startBits })).toThrow(RangeError);
    expect(() => watermarker.start({ startBits })).toThrow('"startBits" expected a number from 0 to 64');
    watermarker.close();
  });
});
