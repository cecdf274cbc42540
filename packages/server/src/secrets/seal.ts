import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ServerError } from '../server-error.ts';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Thrown where a sealed secret cannot be opened: another master key, another key id, or damage. */
export class SealError extends ServerError {
  override readonly name = 'SealError';
  override readonly code = 'seal-broken';
}

/**
 * Seals a secret with AES-256-GCM, bound to a name.
 *
 * @param masterKey Uint8Array `[32]`.
 * @param name      what the secret belongs to: a sealed secret under another name does not open.
 * @returns version, nonce, ciphertext and tag, `[1 + 12 + n + 16]`.
 */
export function seal(masterKey: Uint8Array, name: string, secret: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', masterKey, nonce);
  cipher.setAAD(Buffer.from(name, 'utf8'));
  return Buffer.concat([
    Uint8Array.of(VERSION),
    nonce,
    cipher.update(secret),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/**
 * Opens what {@link seal} made. The caller wipes it.
 *
 * @throws {SealError} if the master key or the name is another, or the bytes were changed.
 */
export function unseal(masterKey: Uint8Array, name: string, sealed: Uint8Array): Uint8Array {
  if (sealed[0] !== VERSION || sealed.length < 1 + NONCE_BYTES + TAG_BYTES) {
    throw new SealError('not a sealed secret of this release');
  }
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', masterKey, nonce);
  decipher.setAAD(Buffer.from(name, 'utf8'));
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES, end)), decipher.final()]);
  } catch (cause) {
    throw new SealError('a sealed secret does not open: the master key is another one, or it was changed', {
      cause,
    });
  }
}
