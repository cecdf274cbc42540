import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, openStore, readSettings, type Store } from '@countermark/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../cli/command.ts';
import { resultOf, scanByCommand, vendorKey, writeFiles } from '../scan-server.ts';
import { clientOf, fillStore, type ServeProcess, startProcess } from '../serve-process.ts';
import { missingPostgres, type PostgresCluster, startPostgres } from './postgres-cluster.ts';

const SHARDS = 6;
const key = vendorKey();
const seed = '3'.repeat(64);
// Many decoys make a small corpus last: some seconds a shard.
const DECOYS = 100;

describe.skipIf(missingPostgres !== undefined)(
  `processes on PostgreSQL (${missingPostgres ?? 'installed'})`,
  () => {
    let postgres: PostgresCluster;
    let store: Store;
    let env: Record<string, string>;
    let directory: string;
    let corpus: string;
    let token: string;
    let expected: Record<string, string>;
    const running = new Set<ServeProcess>();

    async function begin(
      command: 'serve' | 'worker',
      more: Record<string, string> = {},
    ): Promise<ServeProcess> {
      const begun = await startProcess(command, postgres.env['COUNTERMARK_DATA'] ?? '', { ...env, ...more });
      running.add(begun);
      return begun;
    }

    async function end(ended: ServeProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number> {
      running.delete(ended);
      return ended.end(signal);
    }

    function ask(): object {
      return { inputs: [corpus], keyIds: [key.keyId], options: { idsField: 'ids', decoys: DECOYS, seed } };
    }

    /** Waits until so many workers are at work on a scan at once. */
    async function sharedBy(scan: string, workers: number): Promise<void> {
      const text =
        "select 1 from countermark_jobs.job where name = 'shard' and state = 'active' and data ->> 'scan' = $1";
      for (const until = Date.now() + 240_000; ; await sleep(20)) {
        if ((await store.database.query(text, [scan])).length >= workers) return;
        if (Date.now() > until) throw new Error(`never ${workers} at work`);
      }
    }

    function found(scan: string): Record<string, string> {
      return resultOf(join(postgres.env['COUNTERMARK_DATA'] ?? '', 'scans', scan));
    }

    beforeAll(async () => {
      directory = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-workers-')));
      corpus = join(directory, 'corpus');
      writeFiles(corpus, key, SHARDS, 100);
      postgres = await startPostgres();
      env = { ...postgres.env, COUNTERMARK_THREADS: '1', COUNTERMARK_SCAN_ROOTS: corpus };
      token = await fillStore(env, key);
      const settings = readSettings({ ...env, COUNTERMARK_LOG_LEVEL: 'silent' });
      store = await openStore(settings, createLogger(settings));
      const args = ['--ids-field', 'ids', '--decoys', `${DECOYS}`, '--seed', seed];
      expected = await scanByCommand(corpus, [key], join(directory, 'whole'), args);
    }, 2 * PATIENCE_MS);

    afterEach(async () => {
      await Promise.all([...running].map((one) => end(one, 'SIGKILL')));
    });

    afterAll(async () => {
      await store?.close();
      await postgres?.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    it('share a scan, and finish it where one of two workers is killed', async () => {
      const server = await begin('serve', { COUNTERMARK_SCAN_WORKER: '0' });
      const client = clientOf(server, token);
      const { id } = await client.submit(ask());
      expect((await client.show(id)).status).toBe('queued');
      const workers = await Promise.all([begin('worker'), begin('worker')]);
      await sharedBy(id, 2);
      expect(await end(workers[0], 'SIGKILL')).toBe(137);
      const scan = await client.ended(id, 300_000);
      expect(scan).toMatchObject({ status: 'done', progress: { finished: SHARDS, documents: SHARDS * 100 } });
      expect(found(id)).toEqual(expected);
      expect(await end(workers[1], 'SIGTERM')).toBe(0);
    });

    it('count what a worker does once that outlives its lease, and go on with that worker', async () => {
      const server = await begin('serve', { COUNTERMARK_SCAN_WORKER: '0' });
      const client = clientOf(server, token);
      const late = await begin('worker');
      const { id } = await client.submit(ask());
      await sharedBy(id, 1);
      late.halt();
      const other = await begin('worker');
      // Its lease ends now rather than in half a minute: who is halted says nothing.
      const leased = "name = 'shard' and state = 'active' and data ->> 'scan' = $1";
      const lost = await store.database.query(
        `update countermark_jobs.job set started_on = started_on - expire_in
         where ${leased} and retry_count = 0 returning id`,
        [id],
      );
      expect(lost.length).toBeGreaterThan(0);
      const takenOver = async (): Promise<number> =>
        (
          await store.database.query(
            `select 1 from countermark_jobs.job where ${leased} and retry_count > 0`,
            [id],
          )
        ).length;
      await expect.poll(takenOver, { timeout: 240_000, interval: 20 }).toBeGreaterThan(0);
      // From here on both make the same parts.
      late.goOn();
      const whole = { finished: SHARDS, documents: SHARDS * 100 };
      expect(await client.ended(id, 300_000)).toMatchObject({ status: 'done', progress: whole });
      expect(await end(other, 'SIGTERM')).toBe(0);
      // The late one works on, alone, and has done nothing to what was found before.
      const next = await client.submit(ask());
      expect(await client.ended(next.id, 300_000)).toMatchObject({ status: 'done', progress: whole });
      for (const done of [id, next.id]) expect(found(done)).toEqual(expected);
      expect((await client.show(id)).progress).toMatchObject(whole);
      expect(readdirSync(join(postgres.env['COUNTERMARK_DATA'] ?? '', 'scans', id)).sort()).toEqual([
        'documents.parquet',
        'manifest.json',
        'report.html',
        'summary.json',
      ]);
      const shards = await store.database.query('select 1 from countermark.scan_shards where scan = $1', [
        id,
      ]);
      expect(shards).toHaveLength(SHARDS);
      expect(await end(late, 'SIGTERM')).toBe(0);
      expect(late.log()).not.toMatch(/"level":"?(50|error)/);
    });

    it('go on after the database was restarted under them', async () => {
      const [server] = await Promise.all([begin('serve'), begin('worker')]);
      const client = clientOf(server, token);
      const { id } = await client.submit(ask());
      await sharedBy(id, 2);
      await postgres.restart();
      const scan = await client.ended(id, 300_000);
      expect(scan).toMatchObject({ status: 'done', progress: { finished: SHARDS, documents: SHARDS * 100 } });
      expect(found(id)).toEqual(expected);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    });

    it('serve the same scans, whichever was asked, and tell each other what happens', async () => {
      const servers = await Promise.all([begin('serve'), begin('serve')]);
      const [one, other] = servers.map((server) => clientOf(server, token));
      const { id } = (await one?.submit(ask())) ?? { id: '' };
      const events = await other?.events(id);
      expect(events?.at(-1)?.data).toMatchObject({ status: 'done' });
      expect(events).toEqual(await one?.events(id));
      expect(found(id)).toEqual(expected);
      for (const server of servers) expect(await end(server, 'SIGTERM')).toBe(0);
    });
  },
);
