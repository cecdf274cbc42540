/** What a server answers while its PostgreSQL is cut off without a word: connections stay, and nothing comes through them. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../cli/command.ts';
import { type Answer, keyFor, type Served, serve } from '../detection-server.ts';
import { missingNamespaces, NetworkCable } from './network-cable.ts';
import { missingPostgres, type PostgresCluster, startPostgres } from './postgres-cluster.ts';

// A statement takes a few ms; this is for a busy machine.
const LIMIT_MS = 4_000;

/** Passes bytes on to a PostgreSQL, or swallows them, of connections that are there and of new ones. */
class Cable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  isCut = false;

  constructor(socketPath: string) {
    this.#server = createServer((near) => {
      const far = connect(socketPath);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (bytes) => {
          if (!this.isCut) to.write(bytes);
        });
        from.on('error', () => undefined);
        from.on('close', () => {
          this.#sockets.delete(from);
          if (!this.isCut) to.destroy();
        });
      }
    });
  }

  /** Returns host and port of the database. */
  listen(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address();
        resolve(`127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
      });
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

const CABLES = [
  { what: 'behind a proxy', missing: missingPostgres, Kind: Cable },
  { what: 'in another network', missing: missingPostgres ?? missingNamespaces, Kind: NetworkCable },
];

describe.each(CABLES)('a PostgreSQL $what ($missing)', ({ missing, Kind }) => {
  describe.skipIf(missing !== undefined)('that is silent', () => {
    let postgres: PostgresCluster | undefined;
    let cable: Cable | NetworkCable | undefined;
    let env: Record<string, string>;
    let served: Served | undefined;

    beforeAll(async () => {
      postgres = await startPostgres();
      const directory = new URL(postgres.env['DATABASE_URL'] ?? '').searchParams.get('host') ?? '';
      cable = new Kind(join(directory, '.s.PGSQL.5432'));
      env = {
        ...postgres.env,
        DATABASE_URL: `postgres://countermark@${await cable.listen()}/postgres`,
        COUNTERMARK_DATABASE_MS: String(LIMIT_MS),
        COUNTERMARK_MODEL: 'none',
        COUNTERMARK_RETENTION_HOURS: '1',
      };
      served = await serve(env);
    }, PATIENCE_MS);

    afterAll(async () => {
      await served?.close();
      cable?.close();
      await postgres?.stop();
    });

    function expectAway({ status, headers, json }: Answer): void {
      expect([status, json]).toMatchObject([503, { error: { code: 'overloaded' } }]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }

    it('answers everything, by what it knew or by 503, and recovers when the database does', async () => {
      if (cable === undefined || served === undefined) throw new Error('nothing was started');
      const { server, call, detect, token } = served;
      const key = await keyFor('demo', 'silent');
      await server.store.keys.add(key, 'silent', true);
      const scopes = ['detect', 'engine', 'scan', 'admin'] as const;
      const [known, unknown] = [await token(...scopes), await token(...scopes)];
      const random = seededRandom('silent');
      const tokenIds = Array.from({ length: 300 }, () => Math.floor(4000 * random()));
      const sample = (by: string) =>
        call('POST', '/v1/watermark/sample', {
          token: by,
          body: {
            label: 'silent',
            sequences: [{ context: [1], generated: 0, tokenIds: [1, 2], logits: [0, 0] }],
          },
        });
      const kept = await detect({ tokenIds }, known);
      expect(kept.status).toBe(200);
      const path = kept.headers.get('location') ?? '';
      expect((await sample(known)).status).toBe(200);
      // As many connections as there are, all open, and nobody will say that they are of no use.
      const list = () => call('GET', '/v1/scans', { token: known });
      await Promise.all(Array.from({ length: 20 }, list));
      cable.isCut = true;
      await sleep(1500);
      // All at once, also more than there are connections: none hangs.
      const first = await Promise.all([
        ...Array.from({ length: 20 }, list),
        call('GET', path, { token: known }),
        call('GET', '/v1/keys', { token: known }),
        call('POST', '/v1/keys', { token: known, body: { label: 'lost', tokenizer: 'demo' } }),
        detect({ tokenIds }, unknown),
        detect({ tokenIds, keyIds: [key.keyId] }),
        sample(unknown),
        call('GET', '/.well-known/countermark.json'),
        call('GET', '/readyz'),
      ]);
      for (const answer of first) expectAway(answer);
      // What was known holds, for engines and for texts that are tested for keys that threads hold.
      for (let i = 0; i < 3; i++) expect((await sample(known)).status).toBe(200);
      expect((await call('GET', '/healthz')).status).toBe(200);
      expectAway(await list());
      await expect.poll(served.log, { timeout: 240_000 }).toContain('the database says nothing');
      cable.isCut = false;
      await expect.poll(async () => (await call('GET', '/readyz')).status, { timeout: 240_000 }).toBe(200);
      expect((await sample(unknown)).status).toBe(200);
      expect((await call('GET', path, { token: known })).status).toBe(200);
      expect((await list()).status).toBe(200);
      await expect.poll(served.log, { timeout: 240_000 }).toContain('the database answers again');
      // Nothing of it was anybody's fault but the database's.
      expect(served.log()).not.toContain('a request failed');
    });

    it('is closed though the database is silent', async () => {
      if (cable === undefined) throw new Error('nothing was started');
      const other = await serve(env);
      cable.isCut = true;
      try {
        await other.close();
      } finally {
        cable.isCut = false;
      }
    });

    it('does not start, and says why, where the database says nothing', async () => {
      if (cable === undefined) throw new Error('nothing was started');
      cable.isCut = true;
      try {
        await expect(serve(env)).rejects.toMatchObject({
          code: 'database-away',
          message: expect.stringMatching(/^DATABASE_URL: the database does not answer \(.*timeout\)$/),
        });
      } finally {
        cable.isCut = false;
      }
    });
  });
});
