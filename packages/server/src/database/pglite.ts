import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileLock } from '@countermark/host';
import { codeOf } from '@countermark/host/files';
import { PGlite } from '@electric-sql/pglite';
import type { Database, Queryable } from './database.ts';
import { asAway, NoRoomError } from './database-away.ts';
import { lockDirectory } from './directory-lock.ts';
import { checkRoom } from './room.ts';

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
    return new PgliteDatabase(directory, db, lock);
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
  readonly lost: Promise<string>;
  readonly #directory: string;
  readonly #db: PGlite;
  readonly #lock: FileLock;
  // After its log of writes found no room it stops for ever at the next statement, and with it the whole process.
  #isBroken = false;
  #breaks: (why: string) => void = () => undefined;

  constructor(directory: string, db: PGlite, lock: FileLock) {
    this.#directory = directory;
    this.#db = db;
    this.#lock = lock;
    this.lost = Promise.race([
      lock.lost.then(() => 'another process has taken the data directory over'),
      new Promise<string>((resolve) => {
        this.#breaks = resolve;
      }),
    ]);
  }

  query<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.#held(READS.test(text), () => query<Row>(this.#db, text, values));
  }

  execute(text: string): Promise<readonly unknown[]> {
    return this.#held(false, async () => {
      try {
        return (await this.#db.exec(text)).at(-1)?.rows ?? [];
      } catch (error) {
        // There is one connection: a transaction that the text began would be that of all that follows.
        if (!isLogFull(error)) await this.#db.exec('rollback');
        throw error;
      }
    });
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  async check(): Promise<void> {
    await this.query('select 1');
    await checkRoom(this.#directory);
  }

  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    return this.#held(false, () =>
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
      () => (this.#isBroken ? undefined : this.#db.close()),
      () => undefined,
    );
    await this.#lock.release();
  }

  /** Does what reads or writes the files, and acknowledges it only while they are this process's. */
  async #held<T>(isReading: boolean, work: () => Promise<T>): Promise<T> {
    await this.#lock.check();
    if (!isReading) await checkRoom(this.#directory);
    if (this.#isBroken) throw new NoRoomError(NO_ROOM);
    try {
      const result = await work();
      await this.#lock.check();
      return result;
    } catch (error) {
      if (isLogFull(error)) {
        this.#isBroken = true;
        this.#breaks(NO_ROOM);
      }
      throw asAway(error);
    }
  }
}

const NO_ROOM = 'the embedded database found no room for its log of writes';
const READS = /^\s*select\b(?!.*\bfor update\b)/is;

function isLogFull(error: unknown): boolean {
  return codeOf(error) === '53100' && error instanceof Error && error.message.includes('pg_wal');
}

async function query<Row>(
  queries: PgliteQueries,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  return (await queries.query<Row>(text, [...values])).rows;
}
