import { createParams, type SchemeParams, seededRandom, WatermarkKey } from '@countermark/watermark';

/** The vocabulary of o200k_base, the largest in common use. */
export const LARGE_VOCABULARY = 200_019;

/**
 * Makes a key for numbers alone: no tokenizer has this fingerprint.
 *
 * @param commonShare share of contexts that are scored; the rest, up to 0.9, are accounts'.
 */
export function benchKey(
  vocabSize: number,
  scheme: SchemeParams = { kind: 'gumbel' },
  commonShare = 0.5,
): WatermarkKey {
  const tokenizer = { name: 'none', vocabSize, fingerprint: '0'.repeat(64) };
  const accountShare = Math.max(0, 0.9 - commonShare);
  const params = createParams({ tokenizer, scheme, commonShare, accountShare });
  return new WatermarkKey(params, new Uint8Array(32).fill(7));
}

/** Makes token ids with the spread of text: id ⌊V^x⌋ for uniform x. */
export function textLikeIds(count: number, vocabSize: number, seed: number): Uint32Array {
  const random = seededRandom(seed);
  return Uint32Array.from({ length: count }, () => Math.floor(vocabSize ** random()) - 1);
}

/** Makes logits whose probabilities follow Zipf's law with exponent 1.5 and noise, over randomly placed tokens. */
export function modelLikeLogits(vocabSize: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const logits = Float32Array.from(
    { length: vocabSize },
    (_, rank) => 12 - 1.5 * Math.log(rank + 1) + 0.5 * normal(),
  );
  for (let i = vocabSize - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * random());
    const held = logits[i]!;
    logits[i] = logits[j]!;
    logits[j] = held;
  }
  return logits;
}
