import { readFile } from 'node:fs/promises';
import { putInPlace, writeWholeOnce } from '@countermark/host/files';
import type { Logger } from 'pino';
import { ACCOUNTS_PURPOSE, AccountVault } from '../accounts/account-vault.ts';
import { type Settings, SettingsError } from '../config.ts';
import type { Queryable } from '../database/database.ts';
import { deriveFrom, MasterKeyError, makeMasterKeyFile, proofOf } from '../secrets/master-key.ts';
import { SealError, seal, unseal } from '../secrets/seal.ts';
import { COMMAND, recordAudit } from './audit.ts';
import {
  hasOwnMasterKey,
  isSealedUnder,
  nextMasterKeyFile,
  ownMasterKeyFile,
  rotatedKey,
} from './check-master-key.ts';
import { resealEndpointSecrets } from './endpoint-secrets.ts';
import { openDatabase } from './open-store.ts';

/** What a rotation of the master key did. */
export interface MasterKeyRotation {
  /** Keys that are sealed under the new one. */
  readonly keys: number;
  /** Ids of keys that did not open under the old one either, and were left as they are. */
  readonly unopened: readonly string[];
  /** Where the new master key is. */
  readonly file: string;
  /** Where the old one is kept, which backups made before need; undefined where it was given from elsewhere, and still is there. */
  readonly oldFile: string | undefined;
}

/**
 * Seals all that a database holds under a new master key. No server or worker is to run meanwhile; one that does seals nothing any more under
 * the old one, and opens no further key.
 *
 * @param newKeyFile where the new master key is, or is made: to be given where the old one is.
 * @throws {SettingsError} if it is missing, or given where the store has a master key of its own.
 * @throws as `openStore` does.
 */
export async function rotateMasterKey(
  settings: Settings,
  logger: Logger,
  newKeyFile?: string,
): Promise<MasterKeyRotation> {
  const isOwn = hasOwnMasterKey(settings);
  if (isOwn !== (newKeyFile === undefined)) {
    throw new SettingsError(
      isOwn
        ? 'the store has a master key of its own, which is replaced where it is: no other file is needed'
        : 'the master key is given by a setting: name the file of the new one, which servers are given afterwards',
    );
  }
  const { database, masterKey } = await openDatabase(settings, logger);
  try {
    const file = newKeyFile ?? nextMasterKeyFile(settings);
    const next = await makeMasterKeyFile(file);
    if (await isSealedUnder(database, next)) {
      throw new MasterKeyError(`${file}: it is the master key that the database has already`);
    }
    const oldFile = isOwn ? await keepOld(ownMasterKeyFile(settings)) : undefined;
    const done = await database.transaction((tx) => sealAnew(tx, masterKey, next));
    next.fill(0);
    if (isOwn) await putInPlace(file, ownMasterKeyFile(settings));
    return { ...done, oldFile, file: isOwn ? ownMasterKeyFile(settings) : file };
  } finally {
    masterKey.fill(0);
    await database.close();
  }
}

async function keepOld(path: string): Promise<string> {
  const day = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const kept = `${path}.until-${day}`;
  await writeWholeOnce(kept, await readFile(path), { mode: 0o600, withoutLinks: 'hold' });
  return kept;
}

async function sealAnew(
  tx: Queryable,
  old: Uint8Array,
  next: Uint8Array,
): Promise<Pick<MasterKeyRotation, 'keys' | 'unopened'>> {
  const changed = await tx.query(
    'update countermark.master_key set proof = $1 where proof = $2 returning single',
    [proofOf(next), proofOf(old)],
  );
  if (changed.length === 0) throw rotatedKey();
  const rows = await tx.query<{ keyId: string; sealed: Uint8Array }>(
    'select key_id as "keyId", sealed from countermark.watermark_keys order by key_id for update',
  );
  const unopened: string[] = [];
  for (const { keyId, sealed } of rows) {
    const again = sealedAnew(old, next, keyId, sealed);
    if (again === undefined) unopened.push(keyId);
    else {
      await tx.query('update countermark.watermark_keys set sealed = $2 where key_id = $1', [keyId, again]);
    }
  }
  await resealAccounts(tx, old, next);
  await resealEndpointSecrets(tx, old, next);
  // Counted under a key of the old master key: the public tier begins a new hour.
  await tx.query('delete from countermark.public_budgets');
  await tx.query('delete from countermark.public_sketches');
  const keys = rows.length - unopened.length;
  await recordAudit(tx, COMMAND, { action: 'master-key.rotated', details: { keys, unopened } });
  return { keys, unopened };
}

/** Accounts have one key of their own: without it they are all lost, so a rotation fails where it does not open. */
async function resealAccounts(tx: Queryable, old: Uint8Array, next: Uint8Array): Promise<void> {
  const [row] = await tx.query<{ sealedKey: Uint8Array | null }>(
    'select sealed_key as "sealedKey" from countermark.account_counts for update',
  );
  if (row === undefined || row.sealedKey === null) return;
  const oldKey = deriveFrom(old, ACCOUNTS_PURPOSE);
  const nextKey = deriveFrom(next, ACCOUNTS_PURPOSE);
  const again = AccountVault.reseal(oldKey, nextKey, row.sealedKey);
  for (const key of [oldKey, nextKey]) key.fill(0);
  await tx.query('update countermark.account_counts set sealed_key = $1', [again]);
}

function sealedAnew(
  old: Uint8Array,
  next: Uint8Array,
  keyId: string,
  sealed: Uint8Array,
): Uint8Array | undefined {
  try {
    const secret = unseal(old, keyId, sealed);
    const again = seal(next, keyId, secret);
    secret.fill(0);
    return again;
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}
