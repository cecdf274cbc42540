import { Detector } from '@countermark/detector';
import { htmlReport } from '@countermark/detector/report';
import { ForeignKey, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { SAMPLE_CONFIGS } from './configs.ts';

const document = Array.from({ length: 100 }, (_, i) => (37 * i) % 1000);

/** What each profile's p-value rests on, and the keys that everybody has: docs/statistics.md section 18.6. */
const BASIS: Readonly<Record<string, string>> = {
  'vllm-gumbel': 'law',
  'vllm-dual-key': 'law',
  'vllm-sbw': 'law',
  'vllm-synthid': 'law',
  'vllm-synthid-stream': 'law',
  'sglang-gumbel': 'rank',
  'synthid-hf': 'layers',
  'synthid-text': 'layers',
  'kgw-hf': 'law',
  kgw: 'law',
  'three-bricks-green-list': 'law',
  'three-bricks-gumbel': 'law',
  'textseal-green-list': 'rank',
  'textseal-gumbel': 'rank',
  'textseal-synthid': 'rank',
  'exp-edit': 'rank',
};
const EXAMPLE_KEYS = [654, 400, 836, 123, 340];
const PUBLIC_KEYS = [
  ['kgw-hf', { bias: 2 }],
  ['kgw', { seeding_scheme: 'simple_1' }],
  ['three-bricks-gumbel', { detector: 'openai', ngram: 2 }],
  ['synthid-hf', { keys: EXAMPLE_KEYS, ngram_len: 5 }],
  ['synthid-text', { keys: EXAMPLE_KEYS, ngram_len: 5, context_history_size: 1024 }],
] as const;

const samples = SAMPLE_CONFIGS.filter(
  ({ profile }, i) => SAMPLE_CONFIGS.findIndex((other) => other.profile === profile) === i,
);

describe('a result under a foreign key', () => {
  it('is there for every profile', () => {
    expect(new Set(samples.map(({ profile }) => profile))).toEqual(new Set(Object.keys(BASIS)));
  });

  it.each(samples)('says what its p-value rests on: $profile', ({ profile, config, vocabSize }) => {
    const key = new ForeignKey({ profile: profileNamed(profile), config, vocabSize });
    const detector = new Detector([key], { permutations: 19 });
    const traced = detector.report(document);
    const { detection } = traced;
    const page = htmlReport([{ name: 'text', detection, traced }]);
    expect(detection.basis).toBe(BASIS[profile]);
    expect(detection.rank === undefined).toBe(BASIS[profile] !== 'rank');
    expect(detection.layerKeys === undefined).toBe(profile !== 'synthid-text');
    expect(detection.layerLaw === undefined).toBe(profile !== 'synthid-hf');
    expect(detection.decoys?.count).toBe(BASIS[profile] === 'law' ? 19 : undefined);
    expect(page).toContain(
      {
        law: 'the law of the sum under the null hypothesis',
        layers: profile === 'synthid-hf' ? 'keys that a layer can tell apart' : 'other keys of each layer',
        rank: 'rank',
      }[detection.basis],
    );
    detector.close();
  });

  it.each(PUBLIC_KEYS)('says that everybody has the key of %s with %j', (profile, config) => {
    const detector = new Detector([
      new ForeignKey({ profile: profileNamed(profile), config, vocabSize: 2000 }),
    ]);
    const traced = detector.report(document);
    expect(traced.detection.caution).toContain('everybody has');
    expect(traced.detection.keys[0]?.caution).toBe(traced.detection.caution);
    expect(htmlReport([{ name: 'text', detection: traced.detection, traced }])).toContain('everybody has');
    detector.close();
  });
});
