import { codeOf } from '@countermark/host/files';
import { SettingsError } from '../config.ts';
import type { Database, Queryable } from './database.ts';
import { DatabaseAwayError, DatabaseBusyError } from './database-away.ts';
import { RoomWatch } from './room.ts';
import { type PoolOptions, type Run, WatchedPool } from './watched-pool.ts';

/** Any number that no other program of the database locks. */
const LOCK = 4_217_511_300_281;
/** So long a process waits for another that changes tables, in ms. */
const WAIT_MS = 60_000;
/** What changes tables, or puts many rows aside, may take so long, in ms. */
const LONG_MS = 600_000;
/** Whether a disk that was full has room again is tried so often, in ms. */
const LOOK_MS = 5_000;

/**
 * Opens a PostgreSQL that several processes share.
 *
 * @throws {DatabaseAwayError} if it does not answer.
 * @throws {SettingsError} if it lets the user of the address in nowhere.
 */
export async function openPostgres(
  options: Omit<PoolOptions, 'connections'> & { readonly connections?: number },
): Promise<Database> {
  const pool = new WatchedPool({ connections: 10, ...options });
  const room = new RoomWatch(LOOK_MS);
  let isAlone = false;
  const use = async <T>(work: (run: Run) => Promise<T>, isLong = isAlone): Promise<T> => {
    try {
      return await (isLong ? pool.use(work, LONG_MS) : pool.use(work));
    } catch (error) {
      room.note(error);
      throw error;
    }
  };
  const database: Database = {
    kind: 'postgres',
    lost: new Promise(() => undefined),
    query: (text, values) => use((run) => queryOf(run).query(text, values)),
    execute: (text) => use((run) => run(text), true),
    transaction: (work) =>
      use(async (run) => {
        await run('begin');
        try {
          const result = await work(queryOf(run));
          await run('commit');
          return result;
        } catch (error) {
          // Behind a statement without an answer a further one would wait as well.
          if (!(error instanceof DatabaseAwayError)) await run('rollback').catch(ignore);
          throw error;
        }
      }),
    // The lock has a connection of its own: what is done may begin and end transactions.
    alone: (work) =>
      pool.use(async (run) => {
        await run('begin');
        await run(`set local lock_timeout = ${WAIT_MS}`);
        await run('select pg_advisory_xact_lock($1::bigint)', [LOCK]).catch((cause: unknown) => {
          throw codeOf(cause) === '55P03' ? busy(cause) : cause;
        });
        isAlone = true;
        try {
          return await work();
        } finally {
          isAlone = false;
          await run('rollback');
        }
      }, LONG_MS),
    async check() {
      await database.query('select 1');
      if (room.isFull) await room.tryAgain(() => use(takeRoom, true));
    },
    close: () => pool.close(),
  };
  try {
    await database.query('select 1');
  } catch (error) {
    await pool.close();
    throw atStart(error);
  }
  return database;
}

/** Names the setting that is at fault where nothing was ever answered, or who is refused. */
function atStart(error: unknown): unknown {
  if (error instanceof DatabaseAwayError) {
    const why = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return new DatabaseAwayError(`DATABASE_URL: ${error.message}${why}`, { cause: error });
  }
  // Classes of PostgreSQL's codes: who may connect, and to what database.
  if (!/^(28|3D)/.test(codeOf(error)) || !(error instanceof Error)) return error;
  return new SettingsError(`DATABASE_URL: ${error.message}`, { cause: error });
}

function busy(cause: unknown): DatabaseBusyError {
  const waited = `${WAIT_MS / 1000} seconds`;
  return new DatabaseBusyError(
    `another server or worker has been changing the tables of DATABASE_URL for ${waited}: start this one again when it is through`,
    { cause },
  );
}

/** Takes some MB on the database's disk, and gives them back. */
async function takeRoom(run: Run): Promise<void> {
  await run('begin');
  await run('create unlogged table countermark.room as select n from generate_series(1, 200000) as n');
  await run('rollback');
}

function ignore(): void {}

function queryOf(run: Run): Queryable {
  return {
    query: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await run(text, values)) as readonly Row[],
  };
}
