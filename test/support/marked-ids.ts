import { seededRandom, Watermarker, type WatermarkKey } from '@countermark/watermark';
import { randomLogits } from './random-key.ts';

/**
 * Makes one response for each account of a model whose logits are noise, marked under a key.
 *
 * Logits are uniform on −3 … 3, 0.8 nats short of the largest entropy (ln(sinh 3 / 3) + 1 − 3 coth 3).
 *
 * @param accounts whose responses; undefined marks no account's slots.
 * @param count    tokens in each.
 */
export function markedAnswers(
  key: WatermarkKey,
  accounts: readonly (string | undefined)[],
  count: number,
  seed: number | string,
): Uint32Array[] {
  const watermarker = new Watermarker(key);
  const answers = accounts.map((accountId, i) => {
    const random = seededRandom(`${seed} ${i}`);
    const generation = watermarker.start({ random, ...(accountId === undefined ? {} : { accountId }) });
    return Uint32Array.from({ length: count }, () =>
      generation.next(randomLogits(random, key.params.tokenizer.vocabSize, 3)),
    );
  });
  watermarker.close();
  return answers;
}

/** Makes one such response. */
export function markedIds(
  key: WatermarkKey,
  accountId: string | undefined,
  count: number,
  seed: number | string,
): Uint32Array {
  return markedAnswers(key, [accountId], count, seed)[0]!;
}
