/** The first bits of a context's 64-bit salt, alone and with the number of a group as one exact integer. */

/** Bits of an integer that a number holds exactly. */
const EXACT_BITS = 53;
export const LEAST_BITS = 32;
export const MOST_BITS = 48;
export const DEFAULT_BITS = 40;

/** No group, or several. */
export const NO_GROUP = 0;

/**
 * Checks the length of fingerprints.
 *
 * @throws {RangeError} if it is out of range.
 */
export function checkBits(bits: number): void {
  if (Number.isInteger(bits) && bits >= LEAST_BITS && bits <= MOST_BITS) return;
  throw new RangeError(`"bits" expected an integer in ${LEAST_BITS} … ${MOST_BITS}, got ${bits}`);
}

/** Returns the first bits of a salt, whose halves are words 3 and 2 of the context's header. */
export function fingerprintOf(saltLow: number, saltHigh: number, bits: number): number {
  return saltHigh * 2 ** (bits - 32) + Math.floor(saltLow / 2 ** (64 - bits));
}

/** Most groups that can be told apart beside fingerprints. */
export function mostGroups(bits: number): number {
  return 2 ** (EXACT_BITS - bits) - 1;
}

/** Joins a fingerprint and a group's number; the results rise with the fingerprints. */
export function packEntry(fingerprint: number, group: number, bits: number): number {
  return fingerprint * 2 ** (EXACT_BITS - bits) + group;
}

/** Returns the fingerprint of a packed entry. */
export function fingerprintIn(entry: number, bits: number): number {
  return Math.floor(entry / 2 ** (EXACT_BITS - bits));
}

/** Returns the group of a packed entry. */
export function groupIn(entry: number, bits: number): number {
  return entry % 2 ** (EXACT_BITS - bits);
}

/** The group of a context that was served to two: the same, or none. */
export function joinGroups(a: number, b: number): number {
  return a === b ? a : NO_GROUP;
}
