import { WatermarkError } from '@countermark/watermark';
import type { LocalModel } from './local-model.ts';

/**
 * Returns what a model reads before it answers.
 *
 * @throws {WatermarkError} `model-unreadable` if the prompt is empty and the model cannot start from nothing.
 */
export function promptTokens(
  { tokenizer, promptPrefix, startTokenId }: LocalModel,
  text: string,
): Uint32Array {
  const ids = [...promptPrefix, ...tokenizer.encode(text)];
  if (ids.length > 0) return Uint32Array.from(ids);
  if (startTokenId === undefined) {
    throw new WatermarkError(
      'model-unreadable',
      'the prompt is empty, and this model cannot start without one',
    );
  }
  return Uint32Array.of(startTokenId);
}
