import { DetectorError } from '../errors.ts';

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

/**
 * Checks that token ids are a vocabulary's.
 *
 * @param tokenIds Uint32Array `[n]`.
 * @param offset   position of the first in its document (default 0).
 * @throws {DetectorError} `token-out-of-range` naming the first position whose id is not below the vocabulary's size.
 */
export function checkTokenIds(tokenIds: Uint32Array, vocabSize: number, offset = 0): void {
  for (let i = 0; i < tokenIds.length; i++) {
    if (tokenIds[i]! < vocabSize) continue;
    throw new DetectorError(
      'token-out-of-range',
      `token id ${tokenIds[i]} at position ${offset + i} is not below the vocabulary's size ${vocabSize}`,
    );
  }
}

/** Joins pieces of a document: Uint32Array `[n]`. */
export function concatenated(segments: readonly Uint32Array[]): Uint32Array {
  const tokenIds = new Uint32Array(segments.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const segment of segments) {
    tokenIds.set(segment, offset);
    offset += segment.length;
  }
  return tokenIds;
}
