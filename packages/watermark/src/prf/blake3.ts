/**
 * The keyed function as a standard library computes it: the reference for every faster path.
 *
 * Source: O'Connor, Aumasson, Neves, Wilcox-O'Hearn, "BLAKE3: one function, fast everywhere", 2020;
 * docs/spec.md sections 2 to 4. All hashing is done by `@noble/hashes`.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { checkBytes, checkContextWidth, checkInteger, checkWords } from './check.ts';

/** BLAKE3 context string of the scheme key k. */
export const SCHEME_KEY_CONTEXT = 'countermark 2026-11 scheme key v1';
/** BLAKE3 context string of the account key k'. */
export const ACCOUNT_KEY_CONTEXT = 'countermark 2026-11 account code v1';
/** BLAKE3 context string of the public key id. */
export const KEY_ID_CONTEXT = 'countermark 2026-11 key id v1';
/** BLAKE3 context string of the public key commitment. */
export const COMMITMENT_CONTEXT = 'countermark 2026-11 key commitment v1';

// Of the key that decoys are drawn with.
const DECOY_KEY_CONTEXT = 'countermark 2026-11 decoy key v1';

const KEY_BYTES = 32;
const KEY_ID_BYTES = 16;
const COMMITMENT_BYTES = 32;
const BLOCK_BYTES = 64;

/**
 * Derives the scheme key k, which keys every header and word.
 *
 * @param secret     Uint8Array `[32]`, the vendor secret K. Not retained.
 * @param paramsHash Uint8Array `[32]`, SHA-256 of the canonical parameters.
 * @returns Uint8Array `[32]`.
 * @throws {TypeError | RangeError} if an argument is not 32 bytes.
 */
export function deriveSchemeKey(secret: Uint8Array, paramsHash: Uint8Array): Uint8Array {
  return derive(SCHEME_KEY_CONTEXT, secret, paramsHash, KEY_BYTES);
}

/**
 * Derives the account key k', which keys every account code.
 *
 * @param secret     Uint8Array `[32]`, the vendor secret K. Not retained.
 * @param paramsHash Uint8Array `[32]`, SHA-256 of the canonical parameters.
 * @returns Uint8Array `[32]`.
 * @throws {TypeError | RangeError} if an argument is not 32 bytes.
 */
export function deriveAccountKey(secret: Uint8Array, paramsHash: Uint8Array): Uint8Array {
  return derive(ACCOUNT_KEY_CONTEXT, secret, paramsHash, KEY_BYTES);
}

/**
 * Derives the decoy key, which keys the random keys that a key is compared with.
 *
 * @param secret     Uint8Array `[32]`, the vendor secret K. Not retained.
 * @param paramsHash Uint8Array `[32]`, SHA-256 of the canonical parameters.
 * @returns Uint8Array `[32]`.
 * @throws {TypeError | RangeError} if an argument is not 32 bytes.
 */
export function deriveDecoyKey(secret: Uint8Array, paramsHash: Uint8Array): Uint8Array {
  return derive(DECOY_KEY_CONTEXT, secret, paramsHash, KEY_BYTES);
}

/**
 * Derives the public key id, which names the secret and the parameters together. It binds their owner to 64 bits only.
 *
 * @param secret     Uint8Array `[32]`, the vendor secret K. Not retained.
 * @param paramsHash Uint8Array `[32]`, SHA-256 of the canonical parameters.
 * @returns 32 lowercase hex digits.
 * @throws {TypeError | RangeError} if an argument is not 32 bytes.
 */
export function deriveKeyId(secret: Uint8Array, paramsHash: Uint8Array): string {
  return bytesToHex(derive(KEY_ID_CONTEXT, secret, paramsHash, KEY_ID_BYTES));
}

/**
 * Derives the public commitment to the secret and the parameters together: two keys with one commitment take 2^128 steps to find.
 *
 * @param secret     Uint8Array `[32]`, the vendor secret K. Not retained.
 * @param paramsHash Uint8Array `[32]`, SHA-256 of the canonical parameters.
 * @returns 64 lowercase hex digits.
 * @throws {TypeError | RangeError} if an argument is not 32 bytes.
 */
export function deriveCommitment(secret: Uint8Array, paramsHash: Uint8Array): string {
  return bytesToHex(derive(COMMITMENT_CONTEXT, secret, paramsHash, COMMITMENT_BYTES));
}

/**
 * Computes code(account): the symbol that an account carries at each code position.
 *
 * @param accountKey Uint8Array `[32]`, from {@link deriveAccountKey}.
 * @param accountId  1 to 256 bytes of UTF-8; a lone surrogate is refused, since it has no UTF-8 form.
 * @param length     code positions L, integer ≥ 1. A shorter code is a prefix of a longer one.
 * @returns Uint8Array `[length]`, symbols in 0…15.
 * @throws {TypeError | RangeError} if an argument is out of range.
 */
export function accountCode(accountKey: Uint8Array, accountId: string, length: number): Uint8Array {
  checkBytes('accountKey', accountKey, KEY_BYTES);
  const id = checkAccountId(accountId);
  checkInteger('length', length, 1, 2 ** 31 - 1);
  const bytes = blake3(id, { key: accountKey, dkLen: Math.ceil(length / 2) });
  const code = new Uint8Array(length);
  for (let i = 0; i < length; i++) code[i] = (bytes[i >> 1]! >> (4 * (i & 1))) & 15;
  return code;
}

/**
 * Returns the bytes of an account id.
 *
 * @throws {TypeError | RangeError} unless it is 1 to 256 bytes of UTF-8.
 */
export function checkAccountId(accountId: string): Uint8Array {
  if (typeof accountId !== 'string') {
    throw new TypeError(`"accountId" expected string, got ${typeof accountId}`);
  }
  const id = utf8ToBytes(accountId);
  // The identifier itself may be personal data: only its length is named.
  if (id.length < 1 || id.length > 256 || /\p{Surrogate}/u.test(accountId)) {
    throw new RangeError(`"accountId" expected 1 to 256 bytes of well-formed UTF-8, got ${id.length} bytes`);
  }
  return id;
}

/**
 * Computes one block of X(c) by reading the extendable output up to it.
 *
 * Time and nothing else grows linearly with `index`: this is the reference for tests and verifiers, while
 * a {@link WordSource} computes any block in one compression.
 *
 * @param key     Uint8Array `[32]`, the scheme key k.
 * @param context Uint32Array `[h]`, token ids, 1 ≤ h ≤ 15.
 * @param index   block: 0 for the header, 1 + v for token id v.
 * @returns Uint32Array `[16]`.
 * @throws {TypeError | RangeError} if an argument is out of range.
 */
export function referenceBlock(key: Uint8Array, context: Uint32Array, index: number): Uint32Array {
  checkBytes('key', key, KEY_BYTES);
  checkWords('context', context);
  checkContextWidth('context.length', context.length);
  checkInteger('index', index, 0, 2 ** 32);
  const message = new Uint8Array(4 * context.length);
  const messageView = new DataView(message.buffer);
  context.forEach((tokenId, i) => {
    messageView.setUint32(4 * i, tokenId, true);
  });
  const output = blake3.create({ key });
  output.update(message);
  let block: Uint8Array = new Uint8Array(BLOCK_BYTES);
  for (let i = 0; i <= index; i++) block = output.xofInto(block);
  output.destroy();
  const blockView = new DataView(block.buffer);
  return Uint32Array.from({ length: 16 }, (_, i) => blockView.getUint32(4 * i, true));
}

function derive(context: string, secret: Uint8Array, paramsHash: Uint8Array, bytes: number): Uint8Array {
  checkBytes('secret', secret, KEY_BYTES);
  checkBytes('paramsHash', paramsHash, KEY_BYTES);
  const material = concatBytes(secret, paramsHash);
  const derived = blake3(material, { context: utf8ToBytes(context), dkLen: bytes });
  material.fill(0);
  return derived;
}
