import { z } from 'zod';

const message = `must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`;

/** Reads an integer from 0 to 2^53 − 1 that messages do not repeat. */
export const SecretInteger: z.ZodType<number, number> = z
  .number(message)
  .refine((value) => Number.isSafeInteger(value) && value >= 0, message);

/** Draws a uniform random one. */
export function drawSecretInteger(bytes: (length: number) => Uint8Array): number {
  const [word = 0n] = new BigUint64Array(Uint8Array.from(bytes(8)).buffer);
  return Number(BigInt.asUintN(53, word));
}
