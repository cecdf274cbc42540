import {
  type SealedKeys,
  type SealSecret,
  sealKeys,
  type TravellingKey,
  unsealKeys,
} from '../secrets/sealed-keys.ts';
import { type Actor, recordAudit } from './audit.ts';
import type { Store } from './open-store.ts';
import { KeyConflictError, periodOf, type WatermarkKeyInfo } from './watermark-keys.ts';

/** What of imported keys is chosen by whoever imports them; what is undefined is as the keys come. */
export interface KeyImport {
  readonly label?: string | undefined;
  readonly tenant?: string | null | undefined;
  readonly public?: boolean | undefined;
  readonly status?: 'active' | 'retired' | undefined;
}

/** What became of imported keys. */
export interface ImportedKeys {
  readonly imported: readonly string[];
  /** Those that were there already, and were left as they are. */
  readonly existing: readonly string[];
}

/**
 * Exports keys, sealed. Nothing leaves before the audit log says so.
 *
 * @throws {KeyConflictError} if there is no such key.
 */
export async function exportKeys(
  { keys, database }: Store,
  keyIds: readonly string[],
  secret: SealSecret,
  by: Actor,
): Promise<SealedKeys> {
  const wanted = [...new Set(keyIds)];
  const infos = new Map((await keys.list()).map((info) => [info.keyId, info]));
  const travelling = await Promise.all(
    wanted.map(async (keyId) => {
      const info = infos.get(keyId);
      const key = info === undefined ? undefined : await keys.open(keyId);
      if (info === undefined || key === undefined) throw new KeyConflictError(`there is no key ${keyId}`);
      return { key, ...known(info) };
    }),
  );
  const file = await sealKeys(travelling, secret);
  const under = 'passphrase' in secret ? 'passphrase' : 'key';
  await recordAudit(database, by, { action: 'keys.exported', details: { keys: countOnce(wanted), under } });
  return file;
}

/**
 * Imports keys that were sealed; all of them or none.
 *
 * @throws {SealError} as `unsealKeys` does.
 * @throws {KeyConflictError} if a label has another active key.
 */
export async function importSealedKeys(
  store: Store,
  file: SealedKeys,
  secret: SealSecret,
  choice: KeyImport,
  by: Actor,
): Promise<ImportedKeys> {
  return importKeys(store, await unsealKeys(file, secret), choice, by);
}

/**
 * Imports keys; all of them or none.
 *
 * @throws {KeyConflictError} if a label has another active key.
 */
export async function importKeys(
  { keys }: Store,
  travelling: readonly TravellingKey[],
  choice: KeyImport,
  by: Actor,
): Promise<ImportedKeys> {
  const there = new Set((await keys.list()).map(({ keyId }) => keyId));
  const isThere = ({ key }: TravellingKey): boolean => there.has(key.keyId);
  const added = travelling.filter((one) => !isThere(one));
  await keys.addAll(
    added.map(({ key, ...as }) => {
      const { label = as.label, tenant = as.tenant, status = as.status } = choice;
      return { key, label, isPublic: choice.public ?? as.public, entry: { ...as, tenant, status } };
    }),
    { by, action: 'key.imported' },
  );
  return {
    imported: added.map(({ key }) => key.keyId),
    existing: travelling.filter(isThere).map(({ key }) => key.keyId),
  };
}

function known(info: WatermarkKeyInfo): Omit<TravellingKey, 'key'> {
  const { label, tenant, status } = info;
  const [validFrom, validUntil = null] = periodOf(info);
  return { label, tenant, public: info.public, status, validFrom, validUntil };
}

// As the log has keys that were used, so that one question finds both.
function countOnce(keyIds: readonly string[]): Record<string, number> {
  return Object.fromEntries(keyIds.map((keyId) => [keyId, 1]));
}
