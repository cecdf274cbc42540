import { hkdfSync } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Settings } from '../config.ts';
import { MasterKeyError, parseMasterKey, readMasterKeyFile } from '../secrets/master-key.ts';
import { SealError, unseal } from '../secrets/seal.ts';
import { ApiKeys } from './api-keys.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';
import { WatermarkKeys } from './watermark-keys.ts';

/** What a server keeps: its database, opened and migrated, and what unseals its keys. */
export interface Store {
  readonly database: Database;
  readonly apiKeys: ApiKeys;
  readonly keys: WatermarkKeys;
  /** Derives a key for a purpose from the master key, `[32]`: the same on all servers that have that. HKDF, RFC 5869. */
  deriveKey(purpose: string): Uint8Array;
  close(): Promise<void>;
}

/**
 * Opens what a server keeps.
 *
 * @throws {DirectoryLockedError} if another process has the embedded database open.
 * @throws {MasterKeyError} if the master key is missing or malformed, or the keys of the database are sealed under another.
 * @throws {SchemaNewerError} if a later release has changed the tables.
 */
export async function openStore(settings: Settings, logger: Logger): Promise<Store> {
  const directory = settings.COUNTERMARK_DATA;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const masterKey = await readMasterKey(settings);
  const database =
    settings.DATABASE_URL === undefined
      ? await openPglite(directory)
      : await openPostgres(settings.DATABASE_URL, {
          onError: (error) => logger.warn({ name: error.name }, 'a connection to the database was lost'),
        });
  void database.lost.then(() => logger.fatal('another process has taken the data directory over'));
  try {
    await migrate(database);
    await checkMasterKey(database, masterKey);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    database,
    apiKeys: new ApiKeys(database),
    keys: new WatermarkKeys(database, masterKey),
    deriveKey: (purpose) =>
      new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(), `countermark ${purpose}`, 32)),
    async close() {
      await database.close();
      masterKey.fill(0);
    },
  };
}

// A server that could open none of its keys would find out with the first request. A single one that does not open is damaged.
async function checkMasterKey(database: Database, masterKey: Uint8Array): Promise<void> {
  const rows = await database.query<{ keyId: string; sealed: Uint8Array }>(
    'select key_id as "keyId", sealed from countermark.watermark_keys order by created desc limit 8',
  );
  if (rows.length === 0 || rows.some(({ keyId, sealed }) => opens(masterKey, keyId, sealed))) return;
  throw new MasterKeyError(
    "the master key opens none of the database's keys: give the one that they were sealed with",
  );
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

function readMasterKey(settings: Settings): Promise<Uint8Array> {
  const { COUNTERMARK_MASTER_KEY: text, COUNTERMARK_MASTER_KEY_FILE: file } = settings;
  if (text !== undefined) return Promise.resolve(parseMasterKey(text, 'COUNTERMARK_MASTER_KEY'));
  const isEmbedded = settings.DATABASE_URL === undefined;
  // Beside a shared database each machine would make a key of its own, and none could read the others'.
  return readMasterKeyFile(
    file ?? join(settings.COUNTERMARK_DATA, 'master.key'),
    isEmbedded && file === undefined,
  );
}
