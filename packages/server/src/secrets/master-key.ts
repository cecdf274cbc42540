import { hkdfSync, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { codeOf, writeWholeOnce } from '@countermark/host';
import { ServerError } from '../server-error.ts';

const FORM = /^[A-Za-z0-9_-]{43}=?$/;
/** What of a file's rights are others' than to be read by its group, as a mounted secret is. */
const OTHERS = 0o037;

/** Thrown where a master key cannot be had. No message repeats any of it. */
export class MasterKeyError extends ServerError {
  override readonly name = 'MasterKeyError';
  override readonly code = 'master-key-invalid';
}

/**
 * Reads a master key: 32 bytes in base64url.
 *
 * @param text   what was given.
 * @param source where it came from, for messages.
 * @throws {MasterKeyError} if it is something else.
 */
export function parseMasterKey(text: string, source: string): Uint8Array {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, 'base64url');
  if (!FORM.test(trimmed) || key.length !== 32) {
    throw new MasterKeyError(`${source}: expected 32 bytes in base64url`);
  }
  return key;
}

/**
 * Reads the master key's file, which its owner may read, and its group where it is a mounted secret's.
 *
 * @returns undefined if there is no such file.
 * @throws {MasterKeyError} if it is something else, or others may read or change it.
 */
export async function readMasterKeyFile(path: string): Promise<Uint8Array | undefined> {
  const found = await stat(path).catch((cause: unknown) => {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    return undefined;
  });
  if (found === undefined) return undefined;
  if ((found.mode & OTHERS) !== 0) {
    const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
    throw new MasterKeyError(
      `${path}: others than its owner may read it (mode ${mode}); chmod 600 it, or mount it with mode 0440 for the server's group`,
    );
  }
  return parseMasterKey(await readFile(path, 'utf8'), path);
}

/** Makes a master key in a file of mode 0600, unless somebody did; returns the one that is there. */
export async function makeMasterKeyFile(path: string): Promise<Uint8Array> {
  const key = `${randomBytes(32).toString('base64url')}\n`;
  await writeWholeOnce(path, key, { mode: 0o600, withoutLinks: 'hold' });
  const made = await readMasterKeyFile(path);
  if (made === undefined) throw new MasterKeyError(`${path}: it was removed while it was made`);
  return made;
}

/** Derives a key for a purpose from a master key, `[32]`: the same wherever that is. HKDF, RFC 5869. */
export function deriveFrom(masterKey: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(), `countermark ${purpose}`, 32));
}

/** Returns what a database keeps of its master key to know it again, `[32]`; it opens nothing. */
export function proofOf(masterKey: Uint8Array): Uint8Array {
  return deriveFrom(masterKey, 'proof of the master key');
}
