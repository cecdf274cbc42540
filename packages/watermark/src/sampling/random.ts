import { blake3 } from '@noble/hashes/blake3.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

const CHUNK_BYTES = 4096;

/**
 * Makes a reproducible source of uniform numbers from a seed.
 *
 * The numbers are (i + 0.5) / 2^52, i being 52 bits of the BLAKE3 extendable output of the seed, so they are
 * the same on every machine and never 0 or 1. For simulations, tests and replays: it is not key material, and
 * whoever knows the seed knows every number.
 *
 * @param seed bytes; a string, taken as UTF-8; or a finite number, taken as its 8 bytes of binary64, little endian.
 *             The three kinds of seed never share a stream.
 * @returns a function that yields the next number, 0 < number < 1.
 * @throws {RangeError} if a number is not finite.
 */
export function seededRandom(seed: Uint8Array | string | number): () => number {
  const stream = blake3.create({}).update(seedBytes(seed));
  const chunk = new Uint8Array(CHUNK_BYTES);
  const view = new DataView(chunk.buffer);
  let at = CHUNK_BYTES;
  return () => {
    if (at === CHUNK_BYTES) {
      stream.xofInto(chunk);
      at = 0;
    }
    const high = view.getUint32(at, true) >>> 12;
    const low = view.getUint32(at + 4, true);
    at += 8;
    return (high * 2 ** 32 + low + 0.5) / 2 ** 52;
  };
}

function seedBytes(seed: Uint8Array | string | number): Uint8Array {
  if (typeof seed === 'string') return prefixed(1, utf8ToBytes(seed));
  if (typeof seed !== 'number') return prefixed(0, seed);
  if (!Number.isFinite(seed)) throw new RangeError(`"seed" expected a finite number, got ${seed}`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, seed, true);
  return prefixed(2, bytes);
}

function prefixed(kind: number, bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + 1);
  result[0] = kind;
  result.set(bytes, 1);
  return result;
}
