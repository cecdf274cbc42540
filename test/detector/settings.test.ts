import { Detector, type DetectorOptions } from '@countermark/detector';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { ForeignKey, profileNamed } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';

const { name, vocabSize, fingerprint } = BYTE_TOKENIZER;
const params = createParams({ tokenizer: { name, vocabSize, fingerprint } });
const key = new WatermarkKey(params, new Uint8Array(32).fill(1));
const other = new WatermarkKey(params, new Uint8Array(32).fill(2));
const foreign = new ForeignKey({
  profile: profileNamed('vllm-gumbel'),
  config: { algorithm: 'gumbel', key: 42 },
  vocabSize,
});

function detect(
  keys: ConstructorParameters<typeof Detector>[0],
  document: string | number[],
  options?: DetectorOptions,
) {
  const detector = new Detector(keys, { tokenizers: [BYTE_TOKENIZER], ...options });
  const detection = detector.detect(document);
  detector.close();
  return detection;
}

describe('what a detection says was fixed beforehand', () => {
  it('is the defaults where nothing was chosen', () => {
    expect(detect([key], 'A text.').settings).toEqual({
      alpha: 1e-6,
      minTokens: 50,
      dedup: 'context-token',
      normalization: 'invisible',
      regions: false,
      decoys: 0,
      permutations: 999,
      keys: 1,
    });
  });

  it('is what was chosen', () => {
    const chosen = {
      alpha: 0.01,
      minTokens: 7,
      dedup: 'none',
      normalization: 'none',
      regions: true,
      permutations: 50,
    } as const;
    const { settings } = detect([key, other], 'A text.', { ...chosen, decoys: { count: 3 } });
    expect(settings).toEqual({ ...chosen, decoys: 3, keys: 2 });
  });

  it("has the decoys that another watermark's key is ranked among without being asked", () => {
    const ids = Array.from({ length: 60 }, (_, i) => (7 * i) % vocabSize);
    const { settings, decoys } = detect([foreign], ids);
    expect([settings.decoys, decoys?.count]).toEqual([19, 19]);
    expect(detect([foreign], ids, { decoys: { count: 0 } }).settings.decoys).toBe(0);
  });
});

describe('what a detection says of its key', () => {
  it('is the commitment, of keys of ours', () => {
    const { commitment, keys } = detect([key, other], 'A text.');
    expect(keys.map((one) => one.commitment)).toEqual([key.commitment, other.commitment]);
    expect([key.commitment, other.commitment]).toContain(commitment);
    expect(detect([foreign], [1, 2, 3])).not.toHaveProperty('commitment');
  });

  it('is what cut a text into tokens, and nothing for token ids', () => {
    expect(detect([key], 'A text.').tokenizer).toEqual({ name, fingerprint });
    expect(detect([key], [1, 2, 3])).not.toHaveProperty('tokenizer');
  });
});
