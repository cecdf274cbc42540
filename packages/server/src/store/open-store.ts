import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import { AccountRegister } from '../accounts/account-register.ts';
import { AccountStore } from '../accounts/account-store.ts';
import { ACCOUNTS_PURPOSE } from '../accounts/account-vault.ts';
import type { Settings } from '../config.ts';
import type { Database } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { openPglite } from '../database/pglite.ts';
import { openPostgres } from '../database/postgres.ts';
import { checkRoom } from '../database/room.ts';
import { deriveFrom } from '../secrets/master-key.ts';
import { ApiKeys } from './api-keys.ts';
import { isSealedUnder, readMasterKey, settleMasterKey } from './check-master-key.ts';
import { EndpointSecrets } from './endpoint-secrets.ts';
import { KeyUses } from './key-uses.ts';
import { WatermarkKeys } from './watermark-keys.ts';

/** What a server keeps: its database, opened and migrated, and what unseals its keys. */
export interface Store {
  readonly database: Database;
  readonly apiKeys: ApiKeys;
  readonly keys: WatermarkKeys;
  /** What keys were used for, on its way to the audit log. */
  readonly keyUses: KeyUses;
  readonly accounts: AccountStore;
  /** Its accounts in memory, while they are used. */
  readonly register: AccountRegister;
  /** How endpoints of audits are reached, sealed. */
  readonly endpointSecrets: EndpointSecrets;
  /** Derives a key for a purpose from the master key, `[32]`: the same on all servers that have that. HKDF, RFC 5869. */
  deriveKey(purpose: string): Uint8Array;
  /** Whether the database's secrets still are sealed under the master key that this process has. */
  hasMasterKey(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens what a server keeps.
 *
 * @throws {DirectoryLockedError} if another process has the embedded database open.
 * @throws {NoRoomError} if there is no room for the embedded database on its disk.
 * @throws {MasterKeyError} if the master key is missing or malformed, or what the database holds is sealed under another.
 * @throws {SchemaNewerError} if a later release has changed the tables.
 */
export async function openStore(settings: Settings, logger: Logger): Promise<Store> {
  const { database, masterKey } = await openDatabase(settings, logger);
  const keyUses = new KeyUses(database, logger);
  const accounts = new AccountStore(database, deriveFrom(masterKey, ACCOUNTS_PURPOSE));
  const register = new AccountRegister(accounts);
  const endpointSecrets = new EndpointSecrets(masterKey);
  return {
    database,
    apiKeys: new ApiKeys(database),
    keys: new WatermarkKeys(database, masterKey),
    keyUses,
    accounts,
    register,
    endpointSecrets,
    deriveKey: (purpose) => deriveFrom(masterKey, purpose),
    hasMasterKey: () => isSealedUnder(database, masterKey),
    async close() {
      register.forget();
      await keyUses.close();
      await database.close();
      endpointSecrets.close();
      masterKey.fill(0);
    },
  };
}

/** A database that is open, and the master key that its secrets are sealed under. */
export interface OpenDatabase {
  readonly database: Database;
  /** Uint8Array `[32]`. The caller wipes it. */
  readonly masterKey: Uint8Array;
}

/** Opens the database of a store, brought to this release's tables, and finds its master key. Throws as {@link openStore} does. */
export async function openDatabase(settings: Settings, logger: Logger): Promise<OpenDatabase> {
  const directory = settings.COUNTERMARK_DATA;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (settings.DATABASE_URL === undefined) await checkRoom(directory);
  const given = await readMasterKey(settings);
  const database = await connect(settings, logger);
  try {
    await migrate(database);
    return { database, masterKey: await settleMasterKey(database, given, settings) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Opens the database that settings name, whatever tables it has. */
export async function connect(settings: Settings, logger: Logger): Promise<Database> {
  const { COUNTERMARK_DATA: directory, DATABASE_URL: url } = settings;
  const database =
    url === undefined
      ? await openPglite(directory)
      : await openPostgres({
          url,
          limitMs: settings.COUNTERMARK_DATABASE_MS,
          onError: (error) => logger.warn({ name: error.name }, 'a connection to the database was lost'),
          onSilence: (isSilent) =>
            isSilent
              ? logger.error('the database says nothing; what needs it is refused')
              : logger.info('the database answers again'),
        });
  void database.lost.then((why) => logger.fatal(why));
  return database;
}
