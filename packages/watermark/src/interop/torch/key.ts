/** Keys that torch multiplies 64-bit integers with. */
import { z } from 'zod';

const MAX_KEY = 2n ** 63n - 1n;

/**
 * Reads a key from 1 to 2^63 − 1: a number, or a string of digits, which alone is exact beyond 2^53 − 1.
 *
 * torch's CPU generator and int64 tensors take no others. Messages do not repeat the value.
 */
export const TorchKey: z.ZodType<bigint> = z.unknown().transform((value, context) => {
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value);
  const isDigits = typeof value === 'string' && /^[0-9]{1,19}$/.test(value);
  const key = isNumber || isDigits ? BigInt(value) : typeof value === 'bigint' ? value : 0n;
  if (key >= 1n && key <= MAX_KEY) return key;
  context.addIssue('must be an integer from 1 to 2^63 − 1, as a string of digits beyond 2^53 − 1');
  return z.NEVER;
});

/** Returns a uniform random key that {@link TorchKey} accepts. */
export function drawTorchKey(bytes: (length: number) => Uint8Array): bigint {
  const [word = 0n] = new BigUint64Array(Uint8Array.from(bytes(8)).buffer);
  // One of 2^63 draws is 0, and then 1.
  return word & MAX_KEY || 1n;
}
