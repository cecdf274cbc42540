import { ServerError } from '../server-error.ts';
import type { Database, Queryable } from './database.ts';
import { MIGRATIONS } from './migrations.ts';

/** Thrown where a database is of a later release. */
export class SchemaNewerError extends ServerError {
  override readonly name = 'SchemaNewerError';
  override readonly code = 'schema-newer';
}

/**
 * Brings a database to this release's tables. Processes that start together wait for each other.
 *
 * @throws {SchemaNewerError} if a later release has changed them.
 * @throws {DatabaseBusyError} if another process changes them for too long.
 */
export async function migrate(database: Database): Promise<void> {
  await database.alone(() => database.transaction((tx) => migrateWithin(tx)));
}

/**
 * Brings a database to the tables of a version within a transaction, while nobody else changes them. Throws as {@link migrate} does.
 *
 * @param last default this release's.
 */
export async function migrateWithin(tx: Queryable, last: number = MIGRATIONS.length): Promise<void> {
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
    if (index < version || index >= last) continue;
    for (const statement of statements) await tx.query(statement);
    await tx.query('insert into countermark.migrations (version) values ($1)', [index + 1]);
  }
}
