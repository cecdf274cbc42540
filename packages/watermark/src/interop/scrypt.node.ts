import { scryptSync } from 'node:crypto';
import { SCRYPT_SETTINGS } from './scrypt-settings.ts';

/** Derives `length` bytes from a secret by scrypt: in Node. */
export function scrypt(material: string, salt: string, length: number): Uint8Array {
  return Uint8Array.from(scryptSync(material, salt, length, SCRYPT_SETTINGS));
}
