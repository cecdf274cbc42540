import pg from 'pg';
import type { Database, Queryable } from './database.ts';
import { asAway } from './database-away.ts';

/**
 * Opens a PostgreSQL that several processes share.
 *
 * @param url     `postgres://…`. Holds a password: no message repeats it.
 * @param onError receives the faults of idle connections, which the pool replaces.
 */
export async function openPostgres(
  url: string,
  { connections = 10, onError }: { readonly connections?: number; readonly onError: (error: Error) => void },
): Promise<Database> {
  const pool = new pg.Pool({ connectionString: url, max: connections, connectionTimeoutMillis: 10_000 });
  pool.on('error', onError);
  const database: Database = {
    kind: 'postgres',
    lost: new Promise(() => undefined),
    query: (text, values) => query(pool, text, values),
    async execute(text) {
      const result: unknown = await pool.query(text);
      const last = Array.isArray(result) ? result.at(-1) : result;
      return (last as { rows?: readonly unknown[] } | undefined)?.rows ?? [];
    },
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw asAway(error);
      });
      const transaction: Queryable = { query: (text, values) => query(client, text, values) };
      try {
        await client.query('begin');
        const result = await work(transaction);
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        // A connection that cannot even roll back is thrown away.
        await client.query('rollback').then(
          () => client.release(),
          (fault: Error) => client.release(fault),
        );
        throw asAway(error);
      }
    },
    close: () => pool.end(),
  };
  try {
    await database.query('select 1');
  } catch (error) {
    await pool.end();
    throw error;
  }
  return database;
}

async function query<Row>(
  client: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  try {
    const { rows } = await client.query(text, [...values]);
    return rows as Row[];
  } catch (error) {
    throw asAway(error);
  }
}
