import {
  createParams,
  type SchemeParams,
  seededRandom,
  WatermarkKey,
  type WatermarkParams,
} from '@countermark/watermark';

/** Every kind of scheme, with usual parameters. */
export const SCHEMES: readonly SchemeParams[] = [
  { kind: 'gumbel' },
  { kind: 'green-list', gamma: 0.25, delta: 2 },
  { kind: 'tournament', depth: 30 },
];

/** Makes a secret `[32]` from uniform numbers in (0, 1). */
export function secretFrom(random: () => number): Uint8Array {
  return Uint8Array.from({ length: 32 }, () => Math.floor(256 * random()));
}

/** Makes a reproducible key for a tokenizer that does not exist. */
export function keyFrom(
  seed: number | string,
  vocabSize: number,
  params: Partial<Omit<WatermarkParams, 'version' | 'tokenizer'>> = {},
): WatermarkKey {
  const tokenizer = { name: 'none', vocabSize, fingerprint: '0'.repeat(64) };
  const secret = secretFrom(seededRandom(seed));
  return new WatermarkKey(createParams({ tokenizer, ...params }), secret);
}

/** Makes reproducible token ids, each as likely as any other. */
export function randomIds(random: () => number, count: number, vocabSize: number): Uint32Array {
  return Uint32Array.from({ length: count }, () => Math.floor(vocabSize * random()));
}

/** Makes reproducible logits, uniform on −spread … spread. */
export function randomLogits(random: () => number, vocabSize: number, spread: number): Float32Array {
  return Float32Array.from({ length: vocabSize }, () => spread * (2 * random() - 1));
}
