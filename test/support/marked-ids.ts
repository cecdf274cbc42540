import { seededRandom, Watermarker, type WatermarkKey } from '@countermark/watermark';
import { randomLogits } from './random-key.ts';

/**
 * Makes one response of a model whose logits are noise, marked under a key.
 *
 * @param spread logits are uniform on −spread … spread: 3 leaves a small vocabulary about a nat short of its largest entropy.
 */
export function markedIds(
  key: WatermarkKey,
  accountId: string | undefined,
  count: number,
  seed: number | string,
  spread = 3,
): Uint32Array {
  const random = seededRandom(seed);
  const watermarker = new Watermarker(key);
  const generation = watermarker.start({ random, ...(accountId === undefined ? {} : { accountId }) });
  const ids = Uint32Array.from({ length: count }, () =>
    generation.next(randomLogits(random, key.params.tokenizer.vocabSize, spread)),
  );
  watermarker.close();
  return ids;
}
