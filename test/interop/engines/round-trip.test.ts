import { Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { InteropKey, InteropWatermarker, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';

const VOCABULARY = 600;

/** Writes a response of 300 tokens on logits of a model that does not matter. */
function write(key: InteropKey, seed: string): Uint32Array {
  const random = seededRandom(seed);
  const watermarker = new InteropWatermarker(key);
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
  ['vllm-gumbel', { key: '11' }, { key: '12' }],
  ['vllm-sbw', { key: '11', algorithm: 'sbw' }, { key: '12', algorithm: 'sbw' }],
  [
    'vllm-sbw',
    { key: '11', algorithm: 'sbw', sbw_scheme: 'lefthash', sbw_gamma: 0.25 },
    { key: '12', algorithm: 'sbw', sbw_scheme: 'lefthash', sbw_gamma: 0.25 },
  ],
  [
    'vllm-synthid',
    { key: '11', algorithm: 'synthid', depth: 20 },
    { key: '12', algorithm: 'synthid', depth: 20 },
  ],
  ['sglang-gumbel', { key: '11', key_b: '22' }, { key: '12', key_b: '23' }],
] as const)('%s with %j', (name, config, otherConfig) => {
  it('is written by the watermarker and found by the detector, with its key only', () => {
    const [key, other] = [config, otherConfig].map(
      (secret) => new InteropKey({ profile: profileNamed(name), config: secret, vocabSize: VOCABULARY }),
    ) as [InteropKey, InteropKey];
    const detector = new Detector([key]);
    const negative = new Detector([other]);
    const tokenIds = write(key, `round trip ${name}`);
    expect(detector.detect(tokenIds).keys[0]!.log10PValue).toBeLessThan(-8);
    expect(negative.detect(tokenIds).keys[0]!.log10PValue).toBeGreaterThan(-3);
    detector.close();
    negative.close();
  });
});
