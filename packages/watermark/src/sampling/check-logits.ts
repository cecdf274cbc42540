import { WatermarkError } from '../errors.ts';

/**
 * Checks that the logits of a step have a distribution.
 *
 * @param largest the largest of them; NaN if one is NaN.
 * @param logits  Float32Array `[n]`: looked at only to say which is wrong.
 * @throws {WatermarkError} `invalid-logits` if one is NaN or +Infinity, or all are -Infinity.
 */
export function checkLogits(largest: number, logits: Float32Array): void {
  if (Number.isFinite(largest)) return;
  if (Number.isNaN(largest)) {
    const id = logits.findIndex(Number.isNaN);
    throw new WatermarkError('invalid-logits', `"logits" expected numbers, got NaN at index ${id}`);
  }
  if (largest === Number.POSITIVE_INFINITY) {
    const id = logits.indexOf(largest);
    throw new WatermarkError(
      'invalid-logits',
      `"logits" expected finite or -Infinity, got Infinity at index ${id}`,
    );
  }
  throw new WatermarkError('invalid-logits', '"logits" expected a finite value, got -Infinity only');
}
