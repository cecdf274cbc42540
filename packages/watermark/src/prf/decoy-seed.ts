/**
 * Where the random keys come from that a key is compared with on a document: docs/spec.md section 9.
 *
 * The rank of a key among random ones must not be drawn again until it suits, so it is a function of key and document. And whoever
 * writes the document must not know the random keys, or he could write one on which they all score low: so it takes the secret.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { checkBytes, checkWords } from './check.ts';

/**
 * Derives the seed of a document's random keys: BLAKE3 keyed_hash(decoy key, token ids).
 *
 * @param decoyKey Uint8Array `[32]`, derived from the secret for nothing else.
 * @param tokenIds Uint32Array `[n]`, each hashed as 32 bits, little-endian.
 * @returns 64 lowercase hex digits.
 */
export function deriveDecoySeed(decoyKey: Uint8Array, tokenIds: Uint32Array): string {
  checkBytes('decoyKey', decoyKey, 32);
  checkWords('tokenIds', tokenIds);
  const message = new Uint8Array(4 * tokenIds.length);
  const view = new DataView(message.buffer);
  for (let i = 0; i < tokenIds.length; i++) view.setUint32(4 * i, tokenIds[i]!, true);
  return bytesToHex(blake3(message, { key: decoyKey }));
}

/**
 * Opens the stream of bytes that random keys are made of: the extendable output of BLAKE3 keyed_hash(seed, no message).
 *
 * @param seed 64 hex digits.
 * @returns what yields the next so many bytes.
 */
export function openDecoyBytes(seed: string): (length: number) => Uint8Array {
  const key = hexToBytes(seed);
  checkBytes('seed', key, 32);
  const output = blake3.create({ key });
  return (length) => output.xof(length);
}
