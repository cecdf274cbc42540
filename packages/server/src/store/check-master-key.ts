import { timingSafeEqual } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '@countermark/host/files';
import type { Settings } from '../config.ts';
import type { Database, Queryable } from '../database/database.ts';
import {
  MasterKeyError,
  makeMasterKeyFile,
  parseMasterKey,
  proofOf,
  readMasterKeyFile,
} from '../secrets/master-key.ts';
import { SealError, unseal } from '../secrets/seal.ts';

/** Where the master key comes from that nobody gave: made by the first start of an embedded store. */
export function ownMasterKeyFile({ COUNTERMARK_DATA: data }: Settings): string {
  return join(data, 'master.key');
}

/** Where a new master key waits until all that was sealed under the old one is sealed under it. */
export function nextMasterKeyFile(settings: Settings): string {
  return `${ownMasterKeyFile(settings)}.next`;
}

/** Whether the store has a master key of its own, in its data directory. */
export function hasOwnMasterKey(settings: Settings): boolean {
  const { COUNTERMARK_MASTER_KEY, COUNTERMARK_MASTER_KEY_FILE, DATABASE_URL } = settings;
  // Beside a shared database each machine would make a key of its own, and none could read the others'.
  return [COUNTERMARK_MASTER_KEY, COUNTERMARK_MASTER_KEY_FILE, DATABASE_URL].every(
    (value) => value === undefined,
  );
}

/**
 * Reads the master key that the settings give, before any database is opened.
 *
 * @returns undefined where the store has one of its own, which is not there: it may be new.
 * @throws {MasterKeyError} if it is missing or malformed.
 */
export async function readMasterKey(settings: Settings): Promise<Uint8Array | undefined> {
  const { COUNTERMARK_MASTER_KEY: text, COUNTERMARK_MASTER_KEY_FILE: file } = settings;
  if (text !== undefined) return parseMasterKey(text, 'COUNTERMARK_MASTER_KEY');
  const path = file ?? ownMasterKeyFile(settings);
  const key = await readMasterKeyFile(path);
  if (key !== undefined || hasOwnMasterKey(settings)) return key;
  throw new MasterKeyError(
    `${path}: there is no master key; make one for all servers of the database: 32 random bytes in base64url`,
  );
}

/**
 * Returns the master key of an open database: the one that was read, if it is the database's; one that is made, if the database has none yet.
 *
 * @throws {MasterKeyError} if what the database holds is sealed under another, or under one that is missing.
 */
export async function settleMasterKey(
  database: Database,
  read: Uint8Array | undefined,
  settings: Settings,
): Promise<Uint8Array> {
  if (read !== undefined && (await claim(database, read))) return read;
  if (!hasOwnMasterKey(settings)) throw anotherKey();
  // A rotation that was killed when it was done but for this.
  const next = await readMasterKeyFile(nextMasterKeyFile(settings));
  const path = ownMasterKeyFile(settings);
  if (next !== undefined && (await isSealedUnder(database, next))) {
    await rename(nextMasterKeyFile(settings), path);
    await syncDirectory(dirname(path));
    return next;
  }
  if (read !== undefined) throw anotherKey();
  const keys = await sealedKeys(database);
  if (keys > 0 || (await proofIn(database)) !== undefined) throw missingKey(path, keys);
  const made = await makeMasterKeyFile(path);
  if (!(await claim(database, made))) throw anotherKey();
  return made;
}

/** Whether a database's secrets are sealed under a master key, as far as it can tell. */
export async function isSealedUnder(database: Queryable, masterKey: Uint8Array): Promise<boolean> {
  const proof = await proofIn(database);
  return proof !== undefined && isSame(proof, proofOf(masterKey));
}

async function proofIn(database: Queryable): Promise<Uint8Array | undefined> {
  const [row] = await database.query<{ proof: Uint8Array }>('select proof from countermark.master_key');
  return row?.proof;
}

/** Whether a master key is the database's; it becomes so where the database knows none. */
async function claim(database: Database, masterKey: Uint8Array): Promise<boolean> {
  // A database of an earlier release has keys and no proof. A single one that does not open is damaged.
  if ((await proofIn(database)) === undefined && !(await opensSome(database, masterKey))) return false;
  await database.query('insert into countermark.master_key (proof) values ($1) on conflict do nothing', [
    proofOf(masterKey),
  ]);
  return isSealedUnder(database, masterKey);
}

async function opensSome(database: Queryable, masterKey: Uint8Array): Promise<boolean> {
  const rows = await database.query<{ keyId: string; sealed: Uint8Array }>(
    'select key_id as "keyId", sealed from countermark.watermark_keys order by created desc limit 8',
  );
  return rows.length === 0 || rows.some(({ keyId, sealed }) => opens(masterKey, keyId, sealed));
}

async function sealedKeys(database: Queryable): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    'select count(*)::int as count from countermark.watermark_keys',
  );
  return row?.count ?? 0;
}

function opens(masterKey: Uint8Array, keyId: string, sealed: Uint8Array): boolean {
  try {
    unseal(masterKey, keyId, sealed).fill(0);
    return true;
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

/** Whether two proofs are the same. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function anotherKey(): MasterKeyError {
  return new MasterKeyError("the master key is another than that of the database's keys: none of them opens");
}

function missingKey(path: string, keys: number): MasterKeyError {
  const what =
    keys === 0
      ? 'the database was in use with it'
      : `the database holds ${keys} vendor ${keys === 1 ? 'key' : 'keys'} sealed under it, lost without it`;
  return new MasterKeyError(
    `${path}: the master key is missing, and ${what}. Put it back from where it was kept; no new one was made`,
  );
}

/** Returns what to throw where the master key of a database was rotated by another process. */
export function rotatedKey(): MasterKeyError {
  return new MasterKeyError(
    'the master key of the database was rotated: start the server again with the new one',
  );
}
