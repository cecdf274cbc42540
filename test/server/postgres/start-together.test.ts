/** Servers and workers that start together, as an orchestrator starts them, on a PostgreSQL that nothing was ever written to. */
import { createLogger, openStore, readSettings, type Store } from '@countermark/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../../cli/command.ts';
import { type ServeProcess, startProcess } from '../serve-process.ts';
import { missingPostgres, type PostgresCluster, startPostgres } from './postgres-cluster.ts';

const ROUNDS = 5;

describe.skipIf(missingPostgres !== undefined)(
  `processes that start together (${missingPostgres ?? 'installed'})`,
  () => {
    let postgres: PostgresCluster;
    let store: Store;

    beforeAll(async () => {
      postgres = await startPostgres();
      const settings = readSettings({ ...postgres.env, COUNTERMARK_LOG_LEVEL: 'silent' });
      store = await openStore(settings, createLogger(settings));
    }, PATIENCE_MS);

    afterAll(async () => {
      await store?.close();
      await postgres?.stop();
    });

    /** Makes a database with nothing in it. */
    async function emptyDatabase(name: string): Promise<Record<string, string>> {
      await store.database.query(`create database ${name}`);
      const url = new URL(postgres.env['DATABASE_URL'] ?? '');
      url.pathname = name;
      return { ...postgres.env, DATABASE_URL: url.href, COUNTERMARK_THREADS: '1' };
    }

    it.each(Array.from({ length: ROUNDS }, (_, i) => i + 1))(
      'all serve: four servers and two workers, round %i',
      async (round) => {
        const env = await emptyDatabase(`empty_${round}`);
        const commands = ['serve', 'serve', 'serve', 'serve', 'worker', 'worker'] as const;
        const begun = await Promise.allSettled(
          commands.map((command) => startProcess(command, postgres.env['COUNTERMARK_DATA'] ?? '', env)),
        );
        const processes = begun.flatMap((one): ServeProcess[] =>
          one.status === 'fulfilled' ? [one.value] : [],
        );
        try {
          expect(begun.filter(({ status }) => status === 'rejected')).toEqual([]);
          for (const { url } of processes.slice(0, 4)) {
            expect((await fetch(`${url}/readyz`)).status).toBe(200);
          }
        } finally {
          for (const status of await Promise.all(processes.map((one) => one.end('SIGTERM')))) {
            expect(status).toBe(0);
          }
        }
      },
    );

    it('do not wait for ever for one that changes the tables, and say what for', async () => {
      const env = await emptyDatabase('changing');
      const settings = readSettings({ ...env, COUNTERMARK_LOG_LEVEL: 'silent' });
      const other = await openStore(settings, createLogger(settings));
      try {
        const ended = await other.database.alone(() =>
          run(['worker', '--data', postgres.env['COUNTERMARK_DATA'] ?? ''], { env }),
        );
        expect(ended).toMatchObject({
          status: 2,
          stderr: expect.stringMatching(
            /another server or worker has been changing the tables of DATABASE_URL for 60 seconds/,
          ),
        });
      } finally {
        await other.close();
      }
    });
  },
);
