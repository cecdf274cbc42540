import { DetectorError } from './errors.ts';

/**
 * Returns token ids as 32-bit integers `[n]`; a Uint32Array as it is.
 *
 * @throws {DetectorError} `token-out-of-range` naming the first value that is none.
 */
export function toTokenIds(ids: ArrayLike<number>): Uint32Array {
  if (ids instanceof Uint32Array) return ids;
  const tokenIds = Uint32Array.from(ids);
  for (let i = 0; i < tokenIds.length; i++) {
    if (tokenIds[i] !== ids[i]) {
      throw new DetectorError('token-out-of-range', `the value at position ${i} is not a token id`);
    }
  }
  return tokenIds;
}
