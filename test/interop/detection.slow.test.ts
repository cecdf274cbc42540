import { Detector } from '@countermark/detector';
import { htmlReport } from '@countermark/detector/report';
import { seededRandom } from '@countermark/watermark';
import { ForeignKey, ForeignWatermarker, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { keyFrom } from '../support/random-key.ts';
import { SAMPLE_CONFIGS, type SampleConfig } from './configs.ts';

const cases = SAMPLE_CONFIGS.filter(({ profile }) => profile !== 'exp-edit').map((sample) => ({
  ...sample,
  title: `${sample.profile}, ${sample.variant}`,
  isRanked: profileNamed(sample.profile).basis === 'rank',
}));

// A rank among 999 is 0.001 at best, and the seeds of minhash can be guessed once in 250,000 times: these need a level of their own.
function levelOf({ profile, variant }: SampleConfig): { alpha?: number } {
  if (profileNamed(profile).basis === 'rank') return { alpha: 0.005 };
  return variant === 'minhash' ? { alpha: 1e-5 } : {};
}

const LENGTH = 400;

function keyOf({ profile, config, vocabSize }: SampleConfig): ForeignKey {
  return new ForeignKey({ profile: profileNamed(profile), config, vocabSize });
}

function bytesOf(seed: string): (length: number) => Uint8Array {
  const random = seededRandom(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(256 * random()));
}

// A model of normal logits: some 5 nats a token.
function writeMarked(key: ForeignKey, seed: string, sampling = {}): number[] {
  const watermarker = new ForeignWatermarker(key);
  const noise = seededRandom(`${seed} logits`);
  const response = watermarker.start({
    prompt: [11, 12, 13, 14, 15, 16],
    sampling,
    random: seededRandom(`${seed} draws`),
  });
  const tokenIds = Array.from({ length: LENGTH }, () => {
    const logits = Float32Array.from({ length: key.params.vocabSize }, () => normal(noise) * 2);
    return response.next(logits);
  });
  watermarker.close();
  return tokenIds;
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

function plainIds(vocabSize: number, seed: string): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: LENGTH }, () => Math.floor(vocabSize * random() ** 2));
}

describe('a mark of each profile', () => {
  it.each(cases)('is written and found again, and only with its key: $title', (sample) => {
    const key = keyOf(sample);
    const marked = writeMarked(key, sample.variant);
    const other = key.redraw(bytesOf(sample.variant));
    const detector = new Detector([key, other], levelOf(sample));
    const { verdict, keyId, profile, keys, scored } = detector.detect(marked);
    expect(verdict).toBe('detected');
    expect(keyId).toBe(key.keyId);
    expect(profile).toBe(sample.profile);
    expect(scored).toBeGreaterThan(LENGTH / 2);
    // One test at level 1e-4, or one in 300 of a rank: the key of another vendor stays out.
    expect(keys[1]!.log10RawPValue).toBeGreaterThan(sample.isRanked ? -2.5 : -4);
    expect(detector.detect(plainIds(sample.vocabSize, sample.variant)).log10RawPValue).toBeGreaterThan(-4);
    detector.close();
  });

  it.each(cases)('survives truncation by the same engine: $title', (sample) => {
    const key = keyOf(sample);
    const marked = writeMarked(key, sample.title, { temperature: 0.9, topK: 200, topP: 0.98 });
    const detector = new Detector([key], levelOf(sample));
    expect(detector.detect(marked).verdict).toBe('detected');
    detector.close();
  });

  it.each(cases.filter(({ isRanked }) => !isRanked))(
    'is located in a longer document, and shown: $title',
    (sample) => {
      const key = keyOf(sample);
      const { vocabSize } = sample;
      const before = [...plainIds(vocabSize, 'a'), ...plainIds(vocabSize, 'b')];
      const document = [...before, ...writeMarked(key, sample.title), ...plainIds(vocabSize, 'c')];
      const detector = new Detector([key], { regions: true, ...levelOf(sample) });
      const traced = detector.report(document);
      const { detection } = traced;
      expect(detection.verdict).toBe('detected');
      const [region] = detection.regions!;
      expect(region!.tokens.start).toBeGreaterThan(before.length - LENGTH / 4);
      expect(region!.tokens.end).toBeLessThan(before.length + LENGTH + LENGTH / 4);
      const page = htmlReport([{ name: 'answer', detection, traced }], { command: 'countermark detect' });
      expect(page).toContain(sample.profile);
      detector.close();
    },
  );

  it.each(cases.filter(({ isRanked }) => isRanked))('is refused a search for regions: $title', (sample) => {
    expect(() => new Detector([keyOf(sample)], { regions: true })).toThrow(
      /"regions" expected keys that can test a part of a text/,
    );
  });

  it.each(cases)('is tested beside a key of ours, and ranked among decoys: $title', (sample) => {
    const key = keyOf(sample);
    const own = keyFrom('ours', sample.vocabSize);
    const bytes = bytesOf('decoys');
    const decoyOptions = { count: 19, secret: () => bytes(32) };
    const detector = new Detector([own, key], { decoys: decoyOptions, ...levelOf(sample) });
    const { keyId, keys, decoys, rank } = detector.detect(writeMarked(key, 'ours'));
    expect(keyId).toBe(key.keyId);
    expect(keys).toHaveLength(2);
    expect((sample.isRanked ? rank : decoys)!.atLeastAsStrong).toBe(0);
    detector.close();
  });

  it.each(cases)('has nothing to say of texts shorter than its context: $title', (sample) => {
    const detector = new Detector([keyOf(sample)]);
    for (const document of [[], [1], [1, 2]]) {
      const { verdict, log10PValue } = detector.detect(document);
      expect(verdict).toBe('inconclusive');
      expect(log10PValue).toBeGreaterThan(-2);
    }
    expect(() => detector.detect([0, sample.vocabSize])).toThrow('is not below the vocabulary');
    detector.close();
  });
});
