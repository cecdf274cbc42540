import { scrypt as nobleScrypt } from '@noble/hashes/scrypt.js';
import { SCRYPT_SETTINGS } from './scrypt-settings.ts';

/** Derives `length` bytes from a secret by scrypt: where Node's implementation is missing, some twice as slowly. */
export function scrypt(material: string, salt: string, length: number): Uint8Array {
  return nobleScrypt(material, salt, { ...SCRYPT_SETTINGS, dkLen: length });
}
