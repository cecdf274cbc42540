import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, syncDirectory } from '@countermark/host/files';
import type { Logger } from 'pino';
import type { Settings } from '../config.ts';
import type { Queryable } from '../database/database.ts';
import { migrateWithin } from '../database/migrate.ts';
import { MIGRATIONS } from '../database/migrations.ts';
import { MasterKeyError, proofOf } from '../secrets/master-key.ts';
import { COMMAND, recordAudit } from '../store/audit.ts';
import { ownMasterKeyFile, readMasterKey } from '../store/check-master-key.ts';
import { connect } from '../store/open-store.ts';
import { type BackupHead, RestoreError, readBackup } from './backup-file.ts';
import { tablesOf } from './write-backup.ts';

/** Where the embedded database is made before it is put in its place. */
const WORK = '.restoring';
const DATABASE = 'db';

/**
 * Restores a backup to a store that is empty: all of it or nothing.
 *
 * @returns what the backup says of itself.
 * @throws {RestoreError} if the backup is damaged or of a later release, or there is something in the store.
 * @throws {MasterKeyError} if the master key that the backup's vendor keys are sealed under is not there.
 */
export async function restoreBackup(settings: Settings, logger: Logger, path: string): Promise<BackupHead> {
  // The whole of it is read before anything is written.
  const head = await readBackup(path);
  if (head.schema > MIGRATIONS.length) {
    throw new RestoreError(
      `${path}: its tables are of version ${head.schema}; this release knows ${MIGRATIONS.length}`,
    );
  }
  await checkMasterKey(settings, head);
  if (settings.DATABASE_URL === undefined) await restoreEmbedded(settings, logger, path, head);
  else await restoreTo(settings, logger, path, head);
  return head;
}

async function checkMasterKey(settings: Settings, { masterKeyProof }: BackupHead): Promise<void> {
  const masterKey = await readMasterKey(settings);
  if (masterKey === undefined) {
    throw new MasterKeyError(
      `${ownMasterKeyFile(settings)}: the master key is missing; put that of the backup there first: its vendor keys do not open without it`,
    );
  }
  if (Buffer.from(proofOf(masterKey)).toString('hex') !== masterKeyProof) {
    throw new MasterKeyError(
      "the master key is another than that which the backup's vendor keys are sealed under",
    );
  }
  masterKey.fill(0);
}

async function restoreEmbedded(
  settings: Settings,
  logger: Logger,
  path: string,
  head: BackupHead,
): Promise<void> {
  const { COUNTERMARK_DATA: data } = settings;
  const work = join(data, WORK);
  await checkEmpty(data);
  await rm(work, { recursive: true, force: true });
  try {
    await mkdir(work, { recursive: true, mode: 0o700 });
    await restoreTo({ ...settings, COUNTERMARK_DATA: work }, logger, path, head);
    await rename(join(work, DATABASE), join(data, DATABASE));
    await syncDirectory(data);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function checkEmpty(data: string): Promise<void> {
  const names = await readdir(data).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const others = names.filter((name) => name !== WORK && name !== 'master.key');
  if (others.length === 0) return;
  throw new RestoreError(
    `${data}: it is not empty (${others.slice(0, 3).join(', ')}): nothing is restored over what is there`,
  );
}

async function restoreTo(settings: Settings, logger: Logger, path: string, head: BackupHead): Promise<void> {
  const database = await connect(settings, logger);
  try {
    await database.alone(() =>
      database.transaction(async (tx) => {
        const [table] = await tx.query(
          "select 1 from information_schema.tables where table_schema = 'countermark' limit 1",
        );
        if (table !== undefined) {
          throw new RestoreError('the database is not empty: nothing is restored over what is there');
        }
        await migrateWithin(tx, head.schema);
        await withoutReferences(tx, () => fill(tx, path));
        await goOnNumbering(tx);
        await migrateWithin(tx);
        // Their jobs, and what was uploaded for them, are elsewhere.
        await tx.query(
          `update countermark.scans set status = 'failed', ended = now(),
           problem = 'the server was restored from a backup that was made before the scan had ended'
         where status not in ('done', 'failed', 'cancelled')`,
        );
        await tx.query(
          `update countermark.model_audits set status = 'failed', ended = now(), sealed = null,
           problem = 'the server was restored from a backup that was made before the audit had ended'
         where ended is null`,
        );
        await recordAudit(tx, COMMAND, { action: 'backup.restored', details: { made: head.made } });
      }),
    );
  } finally {
    await database.close();
  }
}

async function fill(tx: Queryable, path: string): Promise<void> {
  // Some tables are made with rows, which the backup has as well.
  for (const table of await tablesOf(tx)) {
    const [row] = await tx.query(`select 1 from countermark.${table} limit 1`);
    if (row !== undefined) await tx.query(`delete from countermark.${table}`);
  }
  await readBackup(path, async ({ table, rows }) => {
    await tx.query(
      `insert into countermark.${table} overriding system value
       select * from jsonb_populate_recordset(null::countermark.${table}, $1::jsonb)`,
      [rows],
    );
  });
}

/** Fills tables in any order: references are checked when all rows are there. */
async function withoutReferences(tx: Queryable, work: () => Promise<void>): Promise<void> {
  const references = await tx.query<{ table: string; name: string; definition: string }>(
    `select c.conrelid::regclass::text as "table", quote_ident(c.conname) as name, pg_get_constraintdef(c.oid) as definition
     from pg_constraint c join pg_namespace n on n.oid = c.connamespace
     where n.nspname = 'countermark' and c.contype = 'f' order by 1, 2`,
  );
  for (const { table, name } of references) await tx.query(`alter table ${table} drop constraint ${name}`);
  await work();
  for (const { table, name, definition } of references) {
    await tx.query(`alter table ${table} add constraint ${name} ${definition}`);
  }
}

/** Lets columns that the database numbers go on behind the numbers that are there. */
async function goOnNumbering(tx: Queryable): Promise<void> {
  const columns = await tx.query<{ table: string; column: string }>(
    `select table_name::text as "table", column_name::text as "column" from information_schema.columns
     where table_schema = 'countermark' and is_identity = 'YES'`,
  );
  for (const { table, column } of columns) {
    await tx.query(
      `select setval(pg_get_serial_sequence('countermark.${table}', '${column}'), max(${column}))
       from countermark.${table} having max(${column}) is not null`,
    );
  }
}
