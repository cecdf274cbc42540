/** Keys that torch multiplies 64-bit integers with. */
import type { z } from 'zod';
import type { KeyStrength } from '../../mark-key.ts';
import { bitLength, TORCH_SEED_BITS } from '../key-strength.ts';
import { secretBigInt } from '../secret-integer.ts';

const MAX_KEY = 2n ** 63n - 1n;
const FAULT = 'must be an integer from 1 to 2^63 − 1, as a string of digits beyond 2^53 − 1';

/** Reads a key from 1 to 2^63 − 1: torch's CPU generator and int64 tensors take no others. */
export const TorchKey: z.ZodType<bigint> = secretBigInt({
  least: 1n,
  most: MAX_KEY,
  digits: /^[0-9]{1,19}$/,
  faults: { kind: FAULT, rounded: FAULT, range: FAULT },
});

/** Returns the strength of a key that seeds of 32 bits are made of. */
export function torchStrength(key: bigint): KeyStrength {
  const keyBits = bitLength(key);
  return { keyBits, drawBits: Math.min(TORCH_SEED_BITS, keyBits) };
}

/** What is to be said of a key that the software comes with. */
export const DEFAULT_KEY_CAUTION =
  'this is the key that the software comes with: everybody has it, and can write text that carries its mark';
