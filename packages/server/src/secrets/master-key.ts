import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { codeOf, writeWholeOnce } from '@countermark/host';
import { ServerError } from '../server-error.ts';

const FORM = /^[A-Za-z0-9_-]{43}=?$/;

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
 * Reads the master key's file, which only its owner may read; makes it where there is none.
 *
 * @param mayCreate whether a new key is made: never beside a database that other machines share.
 * @throws {MasterKeyError} if it is something else, or others may read it.
 */
export async function readMasterKeyFile(path: string, mayCreate: boolean): Promise<Uint8Array> {
  if (mayCreate) {
    const key = `${randomBytes(32).toString('base64url')}\n`;
    await writeWholeOnce(path, key, { mode: 0o600, withoutLinks: 'hold' });
  }
  const { mode } = await stat(path).catch((cause: unknown) => {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    throw new MasterKeyError(
      `${path}: there is no master key; make one for all servers of the database: 32 random bytes in base64url`,
      { cause },
    );
  });
  if ((mode & 0o077) !== 0) {
    throw new MasterKeyError(`${path}: others than its owner may read it; chmod 600 it`);
  }
  return parseMasterKey(await readFile(path, 'utf8'), path);
}
