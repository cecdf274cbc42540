/** Backups of a shared database: made while servers use it, restored to another PostgreSQL and to an embedded store. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, openStore, readSettings, restoreBackup } from '@countermark/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../cli/command.ts';
import { demoKey, makeDirectory } from '../../cli/fixtures.ts';
import { runServer, type TestServer } from '../test-server.ts';
import { missingPostgres, type PostgresCluster, startPostgres } from './postgres-cluster.ts';

describe.skipIf(missingPostgres !== undefined)('a backup of a shared database', () => {
  const directory = makeDirectory();
  const file = join(directory, 'backup.gz');
  const logger = createLogger(readSettings({ COUNTERMARK_LOG_LEVEL: 'silent' }));
  let from: PostgresCluster;
  let to: PostgresCluster;
  let server: TestServer;

  beforeAll(async () => {
    from = await startPostgres();
    to = await startPostgres();
    server = await runServer({ ...from.env, COUNTERMARK_MODEL: 'none' });
    const key = await demoKey(3);
    await server.store.keys.add(key, 'main', true);
    await server.store.keys.rotate(key.keyId);
  });

  afterAll(async () => {
    await server.close();
    await from.stop();
    await to.stop();
  });

  it('is made by a command while a server runs, and restored to another PostgreSQL, under the same master key alone', async () => {
    expect(await run(['backup', '--out', file], { env: from.env })).toMatchObject({ status: 0 });
    const wrong = await run(['restore', file], { env: to.env });
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('the master key is another') });
    const env = { ...to.env, COUNTERMARK_MASTER_KEY: from.env['COUNTERMARK_MASTER_KEY']! };
    expect(await run(['restore', file], { env })).toMatchObject({ status: 0 });
    const again = await run(['restore', file], { env });
    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('the database is not empty') });
    await expectSame(env);
  });

  it('is restored to an embedded store too', async () => {
    const data = join(directory, 'embedded');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(join(data, 'master.key'), from.env['COUNTERMARK_MASTER_KEY']!, { mode: 0o600 });
    const env = { COUNTERMARK_DATA: data };
    await restoreBackup(readSettings(env), logger, file);
    await expectSame(env);
  });

  async function expectSame(env: Readonly<Record<string, string>>): Promise<void> {
    const store = await openStore(readSettings(env), logger);
    try {
      const keys = await store.keys.list();
      expect(keys).toEqual(await server.store.keys.list());
      for (const { keyId } of keys) {
        const secret = (await server.store.keys.open(keyId))?.exportSecret();
        expect((await store.keys.open(keyId))?.exportSecret()).toEqual(secret);
      }
      // References and numbers hold again.
      await store.keys.rotate(keys.at(-1)!.keyId);
      const dangling = store.database.query("update countermark.watermark_keys set successor_of = 'nobody'");
      await expect(dangling).rejects.toThrow(/foreign key/);
    } finally {
      await store.close();
    }
  }
});
