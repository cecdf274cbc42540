import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { Database, Queryable } from './database.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';

/** The embedded database caches so much itself, as all of it is resident from the start; the system caches its files too. */
const SHARED_BUFFERS = '16MB';

/**
 * Opens the embedded database of a data directory. One process may: PGlite takes no lock itself, and two would lose rows.
 *
 * @throws {DirectoryLockedError} if another process has it open.
 */
export async function openPglite(directory: string): Promise<Database> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(directory);
  try {
    const db = await PGlite.create(join(directory, 'db'), {
      startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
    });
    return new PgliteDatabase(db, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface PgliteQueries {
  query<Row>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

class PgliteDatabase implements Database {
  readonly kind = 'pglite';
  readonly #db: PGlite;
  readonly #lock: DirectoryLock;

  constructor(db: PGlite, lock: DirectoryLock) {
    this.#db = db;
    this.#lock = lock;
  }

  query<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return query<Row>(this.#db, text, values);
  }

  async execute(text: string): Promise<readonly unknown[]> {
    const results = await this.#db.exec(text);
    return results.at(-1)?.rows ?? [];
  }

  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    return this.#db.transaction((tx) =>
      work({ query: <Row>(text: string, values: readonly unknown[] = []) => query<Row>(tx, text, values) }),
    );
  }

  async close(): Promise<void> {
    await this.#db.close();
    await this.#lock.release();
  }
}

async function query<Row>(
  queries: PgliteQueries,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  return (await queries.query<Row>(text, [...values])).rows;
}
