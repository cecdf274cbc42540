import { Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { ForeignKey, ForeignWatermarker, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';

const VOCABULARY = 600;
// A key's bits bound its p-values.
const KEYS = ['4262176441068991875', '2984291930123456789'] as const;

/** Writes a response of 300 tokens on logits of a model that does not matter. */
function write(key: ForeignKey, seed: string): Uint32Array {
  const random = seededRandom(seed);
  const watermarker = new ForeignWatermarker(key);
  const response = watermarker.start({
    prompt: [1, 2, 3, 4, 5],
    random,
    sampling: { temperature: 1.2, topK: 200 },
  });
  const tokenIds = Uint32Array.from({ length: 300 }, () =>
    response.next(Float32Array.from({ length: VOCABULARY }, () => 4 * random())),
  );
  watermarker.close();
  return tokenIds;
}

describe.each([
  ['vllm-gumbel', { key: KEYS[0] }, { key: KEYS[1] }],
  ['vllm-sbw', { key: KEYS[0], algorithm: 'sbw' }, { key: KEYS[1], algorithm: 'sbw' }],
  [
    'vllm-sbw',
    { key: KEYS[0], algorithm: 'sbw', sbw_scheme: 'lefthash', sbw_gamma: 0.25 },
    { key: KEYS[1], algorithm: 'sbw', sbw_scheme: 'lefthash', sbw_gamma: 0.25 },
  ],
  [
    'vllm-synthid',
    { key: KEYS[0], algorithm: 'synthid', depth: 20 },
    { key: KEYS[1], algorithm: 'synthid', depth: 20 },
  ],
] as const)('%s with %j', (name, config, otherConfig) => {
  it('is written by the watermarker and found by the detector, with its key only', () => {
    const [key, other] = [config, otherConfig].map(
      (secret) => new ForeignKey({ profile: profileNamed(name), config: secret, vocabSize: VOCABULARY }),
    ) as [ForeignKey, ForeignKey];
    const detector = new Detector([key]);
    const negative = new Detector([other]);
    const tokenIds = write(key, `round trip ${name}`);
    expect(detector.detect(tokenIds).keys[0]!.log10PValue).toBeLessThan(-8);
    expect(negative.detect(tokenIds).keys[0]!.log10PValue).toBeGreaterThan(-3);
    detector.close();
    negative.close();
  });
});

describe('sglang-gumbel with two keys', () => {
  it('is found by the rank of its keys among random ones, and other keys are not', () => {
    const keyOf = (key: string, key_b: string): ForeignKey =>
      new ForeignKey({
        profile: profileNamed('sglang-gumbel'),
        config: { key, key_b },
        vocabSize: VOCABULARY,
      });
    const key = keyOf('118de93b2f6c5a71', 'd38b26d32095d9c');
    const tokenIds = write(key, 'round trip sglang-gumbel');
    const detector = new Detector([key], { alpha: 0.01 });
    const negative = new Detector([keyOf('218de93b2f6c5a71', 'e38b26d32095d9c')], { alpha: 0.01 });
    // The first of 1,000.
    expect(detector.detect(tokenIds)).toMatchObject({
      verdict: 'detected',
      log10RawPValue: -3,
      basis: 'rank',
    });
    expect(negative.detect(tokenIds).verdict).toBe('not-detected');
    detector.close();
    negative.close();
  });
});
