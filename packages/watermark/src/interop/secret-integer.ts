/** Secret integers in configurations. No message repeats their value. */
import * as z from 'zod';
import { bitLength } from './key-strength.ts';

/** Draws another one, uniform among those of at most as many binary digits. */
export function redrawSecretInteger(
  value: number | bigint,
  bytes: (length: number) => Uint8Array,
): number | bigint {
  return shortest(drawKeyLike(value, bytes));
}

/** Returns an integer as a number where that keeps its digits: one integer has one form. */
export function shortest(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * Returns a key's remainder modulo 2^32 if that draws the same numbers, else the key.
 *
 * A generator of torch on a CPU reads 32 bits of a seed. Where seeds are sums of products with the key that nothing wraps, keys that
 * are equal modulo 2^32 give the same 32 bits.
 *
 * @param key     not negative.
 * @param largest the largest seed that is made of it.
 * @param limit   where seeds wrap.
 */
export function reducedKey(key: bigint, largest: bigint, limit: bigint): bigint {
  return largest < limit ? BigInt.asUintN(32, key) : key;
}

/** Which integers {@link secretBigInt} takes, and what it says of others. */
export interface SecretRange {
  readonly least: bigint;
  readonly most: bigint;
  /** Strings that are integers, as `BigInt` reads them. */
  readonly digits: RegExp;
  readonly faults: {
    /** Neither an integer nor digits. */
    readonly kind: string;
    /** A number beyond 2^53, of a sign that the range has: JSON readers have rounded it. */
    readonly rounded: string;
    readonly range: string;
  };
}

/** Reads an integer of 64 bits: a number, a bigint, or a string of digits, which JSON needs beyond 2^53 − 1. */
export function secretBigInt({ least, most, digits, faults }: SecretRange): z.ZodType<bigint> {
  return z.unknown().transform((value, context): bigint => {
    const refuse = (fault: string): never => {
      context.addIssue({ code: 'custom', message: fault });
      return z.NEVER;
    };
    if (value === undefined) return refuse('is missing');
    let integer: bigint;
    if (typeof value === 'bigint') integer = value;
    else if (typeof value === 'string' && digits.test(value)) integer = BigInt(value);
    else if (typeof value === 'number' && Number.isSafeInteger(value)) integer = BigInt(value);
    else {
      const isRounded = typeof value === 'number' && Number.isInteger(value) && (value > 0 || least < 0n);
      return refuse(isRounded ? faults.rounded : faults.kind);
    }
    return integer >= least && integer <= most ? integer : refuse(faults.range);
  });
}

/**
 * Draws an integer from 0 to 2^bits − 1, uniform.
 *
 * @param bits 0…64.
 */
export function drawBits(bits: number, bytes: (length: number) => Uint8Array): bigint {
  const drawn = bytes(8);
  return BigInt.asUintN(bits, new DataView(drawn.buffer, drawn.byteOffset, 8).getBigUint64(0));
}

/**
 * Draws a key of at most as many binary digits as another one has: uniform, but 0 gives 1 unless that one is 0.
 *
 * @param key below 2^64.
 */
export function drawKeyLike(key: number | bigint, bytes: (length: number) => Uint8Array): bigint {
  const bits = bitLength(key);
  return drawBits(bits, bytes) || (bits === 0 ? 0n : 1n);
}

const MOST_SECRET = 2n ** 63n - 1n;
const SECRET_FAULT = 'must be an integer from 0 to 2^63 − 1, as a number or as a string of decimal digits';

/** Reads an integer from 0 to 2^63 − 1: a bigint where a number has too few digits. */
export const SecretInteger: z.ZodType<number | bigint> = secretBigInt({
  least: 0n,
  most: MOST_SECRET,
  digits: /^[0-9]{1,19}$/,
  faults: { kind: SECRET_FAULT, rounded: SECRET_FAULT, range: SECRET_FAULT },
}).transform(shortest);
