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

  get lost(): Promise<void> {
    return this.#lock.lost;
  }

  query<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.#held(() => query<Row>(this.#db, text, values));
  }

  execute(text: string): Promise<readonly unknown[]> {
    return this.#held(async () => (await this.#db.exec(text)).at(-1)?.rows ?? []);
  }

  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    return this.#held(() =>
      this.#db.transaction(async (tx) => {
        const result = await work({
          query: <Row>(text: string, values: readonly unknown[] = []) => query<Row>(tx, text, values),
        });
        // Nothing is committed to files that are another's.
        await this.#lock.check();
        return result;
      }),
    );
  }

  async close(): Promise<void> {
    // What is closed is written, unless the files are another's by now.
    await this.#lock.check().then(
      () => this.#db.close(),
      () => undefined,
    );
    await this.#lock.release();
  }

  /** Does what reads or writes the files, and acknowledges it only while they are this process's. */
  async #held<T>(work: () => Promise<T>): Promise<T> {
    await this.#lock.check();
    const result = await work();
    await this.#lock.check();
    return result;
  }
}

async function query<Row>(
  queries: PgliteQueries,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  return (await queries.query<Row>(text, [...values])).rows;
}
