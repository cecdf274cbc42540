import { Detector } from '@countermark/detector';
import { htmlReport } from '@countermark/detector/report';
import { InteropKey, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { SAMPLE_CONFIGS } from './configs.ts';

/** Marks whose hash does not bear out every p-value: docs/interop.md, "What to know of each mark". */
const WEAK = ['synthid-hf', 'textseal-green-list', 'textseal-gumbel', 'textseal-synthid'];
const document = Array.from({ length: 100 }, (_, i) => (37 * i) % 1000);

const samples = SAMPLE_CONFIGS.filter(
  ({ profile }, i) => SAMPLE_CONFIGS.findIndex((other) => other.profile === profile) === i,
);

describe('a result under a key whose hash is weak', () => {
  it.each(samples)('says so, and no other does: $profile', ({ profile, config, vocabSize }) => {
    const key = new InteropKey({ profile: profileNamed(profile), config, vocabSize });
    const detector = new Detector([key], { permutations: 9 });
    const traced = detector.trace(document);
    const { detection } = traced;
    const page = htmlReport([{ name: 'text', detection, traced }]);
    if (WEAK.includes(profile)) {
      expect(detection.caution).toContain('rank the key among decoys');
      expect(detection.keys[0]?.caution).toBe(detection.caution);
      expect(page).toContain('rank the key among decoys');
    } else {
      expect(detection.caution).toBeUndefined();
      expect(page).not.toContain('rank the key among decoys');
    }
    detector.close();
  });
});
