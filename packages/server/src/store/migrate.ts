import { ServerError } from '../server-error.ts';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations.ts';

/** Any number that no other program of the database locks. */
const LOCK = 4_217_511_300_281;

/** Thrown where a database is of a later release. */
export class SchemaNewerError extends ServerError {
  override readonly name = 'SchemaNewerError';
  override readonly code = 'schema-newer';
}

/**
 * Brings a database to this release's tables. Processes that start together wait for each other.
 *
 * @throws {SchemaNewerError} if a later release has changed them.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1::bigint)', [LOCK]);
    await tx.query('create schema if not exists countermark');
    await tx.query(
      'create table if not exists countermark.migrations (version int primary key, applied timestamptz not null default now())',
    );
    const [{ version = 0 } = {}] = await tx.query<{ version: number | undefined }>(
      'select coalesce(max(version), 0)::int as version from countermark.migrations',
    );
    if (version > MIGRATIONS.length) {
      throw new SchemaNewerError(
        `the database has tables of version ${version}; this release reads up to version ${MIGRATIONS.length}: start a newer release`,
      );
    }
    for (const [index, statements] of MIGRATIONS.entries()) {
      if (index < version) continue;
      for (const statement of statements) await tx.query(statement);
      await tx.query('insert into countermark.migrations (version) values ($1)', [index + 1]);
    }
  });
}
