/** Secret integers in configurations. No message repeats their value. */
import { z } from 'zod';

const message = `must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`;

/** Reads an integer from 0 to 2^53 − 1. */
export const SecretInteger: z.ZodType<number, number> = z
  .number(message)
  .refine((value) => Number.isSafeInteger(value) && value >= 0, message);

/** Draws a uniform random one. */
export function drawSecretInteger(bytes: (length: number) => Uint8Array): number {
  return Number(BigInt.asUintN(53, drawWord(bytes)));
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

/** Draws 64 uniform random bits, unsigned. */
export function drawWord(bytes: (length: number) => Uint8Array): bigint {
  const drawn = bytes(8);
  return new DataView(drawn.buffer, drawn.byteOffset, 8).getBigUint64(0);
}
