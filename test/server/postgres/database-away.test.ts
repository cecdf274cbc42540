/** What a server answers while its PostgreSQL is away. */
import { seededRandom } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../cli/command.ts';
import { keyFor, type Served, serve } from '../detection-server.ts';
import { missingPostgres, type PostgresCluster, startPostgres } from './postgres-cluster.ts';

describe.skipIf(missingPostgres !== undefined)(
  `a server whose PostgreSQL is away (${missingPostgres ?? 'installed'})`,
  () => {
    let postgres: PostgresCluster | undefined;
    let served: Served | undefined;

    beforeAll(async () => {
      postgres = await startPostgres();
      served = await serve({ ...postgres.env, COUNTERMARK_SCAN_WORKER: '0', COUNTERMARK_MODEL: 'none' });
    }, PATIENCE_MS);

    afterAll(async () => {
      await served?.close();
      await postgres?.stop();
    });

    it('goes on with what it knew a moment ago, answers 503 and never 500 to the rest, and recovers', async () => {
      if (postgres === undefined || served === undefined) throw new Error('nothing was started');
      const { server, call, detect, token } = served;
      const key = await keyFor('demo', 'away');
      await server.store.keys.add(key, 'away', false);
      const [known, unknown] = [await token('detect', 'engine'), await token('detect', 'engine')];
      const random = seededRandom('away');
      const tokenIds = Array.from({ length: 300 }, () => Math.floor(4000 * random()));
      const sample = (by: string) =>
        call('POST', '/v1/watermark/sample', {
          token: by,
          body: {
            label: 'away',
            sequences: [{ context: [1], generated: 0, tokenIds: [1, 2], logits: [0, 0] }],
          },
        });
      expect((await detect({ tokenIds }, known)).status).toBe(200);
      expect((await sample(known)).status).toBe(200);
      await postgres.whileAway(async () => {
        // Longer than answers of the database are believed while it is there.
        await new Promise((resolve) => setTimeout(resolve, 1500));
        expect((await detect({ tokenIds }, known)).status).toBe(200);
        expect((await sample(known)).status).toBe(200);
        for (const { status, headers, json } of [
          await detect({ tokenIds }, unknown),
          await sample(unknown),
          await call('GET', '/.well-known/countermark.json'),
          await call('GET', '/readyz'),
        ]) {
          expect([status, json]).toMatchObject([503, { error: { code: 'overloaded' } }]);
          expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
        }
      });
      await expect
        .poll(async () => (await detect({ tokenIds }, unknown)).status, { timeout: 240_000 })
        .toBe(200);
      expect((await sample(unknown)).status).toBe(200);
    });

    it('is refused another master key at its start', async () => {
      const other = serve({
        ...postgres?.env,
        COUNTERMARK_MASTER_KEY: Buffer.alloc(32, 7).toString('base64url'),
        COUNTERMARK_SCAN_WORKER: '0',
        COUNTERMARK_MODEL: 'none',
      });
      await expect(other).rejects.toMatchObject({
        code: 'master-key-invalid',
        message: expect.stringMatching(/another than that of the database's keys/),
      });
    });
  },
);
