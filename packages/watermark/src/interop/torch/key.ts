/** Keys that torch multiplies 64-bit integers with. */
import type { z } from 'zod';
import { drawWord, secretBigInt } from '../secret-integer.ts';

const MAX_KEY = 2n ** 63n - 1n;
const FAULT = 'must be an integer from 1 to 2^63 − 1, as a string of digits beyond 2^53 − 1';

/** Reads a key from 1 to 2^63 − 1: torch's CPU generator and int64 tensors take no others. */
export const TorchKey: z.ZodType<bigint> = secretBigInt({
  least: 1n,
  most: MAX_KEY,
  digits: /^[0-9]{1,19}$/,
  faults: { kind: FAULT, rounded: FAULT, range: FAULT },
});

/** Returns a uniform random key that {@link TorchKey} accepts. */
export function drawTorchKey(bytes: (length: number) => Uint8Array): bigint {
  // One of 2^63 draws is 0, and then 1.
  return drawWord(bytes) & MAX_KEY || 1n;
}
