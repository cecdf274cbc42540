import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Database, Queryable } from '../database/database.ts';
import { MIGRATIONS } from '../database/migrations.ts';
import { rotatedKey } from '../store/check-master-key.ts';
import { VERSION } from '../version.ts';
import { type BackupHead, BackupLines } from './backup-file.ts';

/** Counted for an hour, and under a key of this server: of no use anywhere else. */
const LEFT_OUT = ['migrations', 'public_budgets', 'public_sketches'];
const ROWS_AT_ONCE = 200;

/**
 * Writes a backup of all that a database holds at one moment, while others go on writing to it. The embedded database has one connection: its
 * other queries wait until the rows are written, so `to` should be a file.
 *
 * @returns what it says of itself.
 */
export function writeBackup(database: Database, to: Writable): Promise<NewHead> {
  return database.transaction(async (tx) => {
    // One state of all tables, however long it takes.
    await tx.query('set transaction isolation level repeatable read, read only');
    const head = await headOf(tx);
    await pipeline(linesOf(tx, head), createGzip(), to);
    return head;
  });
}

/** What a backup of this release says of itself. */
export type NewHead = Omit<BackupHead, 'type' | 'version'> & {
  readonly notIncluded: NonNullable<BackupHead['notIncluded']>;
};

async function headOf(tx: Queryable): Promise<NewHead> {
  const [proof] = await tx.query<{ hex: string }>(
    `select encode(proof, 'hex') as hex from countermark.master_key`,
  );
  if (proof === undefined) throw rotatedKey();
  const [scans] = await tx.query<{ count: number }>(
    "select count(*)::int as count from countermark.scans where status = 'done'",
  );
  const [audits] = await tx.query<{ count: number }>(
    "select count(*)::int as count from countermark.model_audits where status in ('done', 'failed')",
  );
  return {
    schema: MIGRATIONS.length,
    software: VERSION,
    made: new Date().toISOString(),
    masterKeyProof: proof.hex,
    notIncluded: { scanResults: scans?.count ?? 0, auditResults: audits?.count ?? 0 },
  };
}

async function* linesOf(tx: Queryable, head: NewHead): AsyncGenerator<string, void, void> {
  const lines = new BackupLines();
  yield `${lines.head(head)}\n`;
  for (const table of await tablesOf(tx)) {
    await tx.query(
      `declare backup no scroll cursor for select to_jsonb(t)::text as row from countermark.${table} t`,
    );
    for (;;) {
      const rows = await tx.query<{ row: string }>(`fetch ${ROWS_AT_ONCE} from backup`);
      if (rows.length === 0) break;
      yield `${lines.rows(
        table,
        rows.map(({ row }) => row),
      )}\n`;
    }
    await tx.query('close backup');
  }
  yield `${lines.end()}\n`;
}

/** Lists the tables of a store, whose names need no quotes. */
export async function tablesOf(tx: Queryable): Promise<readonly string[]> {
  const rows = await tx.query<{ name: string }>(
    `select table_name::text as name from information_schema.tables
     where table_schema = 'countermark' and table_type = 'BASE TABLE' and table_name <> all($1) order by 1`,
    [LEFT_OUT],
  );
  return rows.map(({ name }) => name);
}
