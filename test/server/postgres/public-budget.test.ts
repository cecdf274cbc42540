import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PATIENCE_MS } from '../../cli/command.ts';
import { type Answer, keyFor, type Served, serve } from '../detection-server.ts';
import type { TestServer } from '../test-server.ts';
import { missingPostgres, type PostgresCluster, startPostgres } from './postgres-cluster.ts';

const BUDGET = 6;
const SIMILAR = 3;
/** Characters that cost as much as another detection. */
const CHARACTERS = 25_000;
/** Old rows are deleted so often. */
const SWEEP_MS = 600_000;

describe.skipIf(missingPostgres !== undefined)(
  `the budget of the public tier on PostgreSQL (${missingPostgres ?? 'installed'})`,
  () => {
    let postgres: PostgresCluster | undefined;
    let servers: Served[] = [];

    const begin = (more: Readonly<Record<string, string>> = {}): Promise<Served> =>
      serve({
        ...postgres?.env,
        COUNTERMARK_SCAN_WORKER: '0',
        COUNTERMARK_MODEL: 'none',
        COUNTERMARK_PUBLIC_BUDGET: String(BUDGET),
        COUNTERMARK_PUBLIC_SIMILAR: String(SIMILAR),
        ...more,
      });

    const query = <Row>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]> => {
      const [{ server } = {}] = servers;
      if (server === undefined) throw new Error('no server was started');
      return server.store.database.query<Row>(sql, values);
    };

    /** Asks one server after the other. */
    let next = 0;
    const ask = async (from: string, text: string): Promise<Answer> => {
      const server = servers[next++ % servers.length];
      if (server === undefined) throw new Error('no server was started');
      return server.detect({ text }, undefined, from);
    };

    beforeAll(async () => {
      postgres = await startPostgres();
      servers = [await begin(), await begin()];
      await servers[0]?.server.store.keys.add(await keyFor('demo', 'public key'), 'open', true);
    }, PATIENCE_MS);

    afterAll(async () => {
      await Promise.all(servers.map((server) => server.close()));
      await postgres?.stop();
    });

    it('is one for all servers of the database, and they say when it is renewed', async () => {
      const from = '198.51.100.1';
      for (let i = 0; i < BUDGET; i++) expect((await ask(from, words(`${i}`))).status).toBe(200);
      for (let i = 0; i < servers.length; i++) {
        const { status, headers, json } = await ask(from, words('one more'));
        expect([status, json]).toMatchObject([429, { error: { code: 'budget-spent' } }]);
        const seconds = Number(headers.get('Retry-After'));
        expect(seconds).toBeGreaterThan(3500);
        expect(seconds).toBeLessThanOrEqual(3600);
      }
      expect((await ask('198.51.100.2', words('another client'))).status).toBe(200);
    });

    it('is spent no further by requests that come to all servers at once', async () => {
      const all = Array.from({ length: 3 * BUDGET }, (_, i) => ask('198.51.100.3', words(`at once ${i}`)));
      const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
      expect(statuses).toEqual([...Array<number>(BUDGET).fill(200), ...Array<number>(2 * BUDGET).fill(429)]);
    });

    it('is charged more for longer texts, and nothing for what is refused', async () => {
      const from = '198.51.100.4';
      const long = (seed: string): string => words(seed, CHARACTERS).slice(0, 3 * CHARACTERS);
      expect((await ask(from, long('long'))).status).toBe(200);
      expect((await ask(from, long('too long'))).status).toBe(429);
      expect((await ask(from, words('short'))).status).toBe(200);
      expect((await ask(from, words('shorter'))).status).toBe(200);
      expect((await ask(from, words('shortest'))).status).toBe(429);
    });

    it('is whole again after an hour', async () => {
      const from = '198.51.100.5';
      for (let i = 0; i < BUDGET; i++) await ask(from, words(`spent ${i}`));
      expect((await ask(from, words('none left'))).status).toBe(429);
      await query("update countermark.public_budgets set renewed = renewed - interval '1 hour'");
      for (let i = 0; i < BUDGET; i++) expect((await ask(from, words(`renewed ${i}`))).status).toBe(200);
      expect((await ask(from, words('spent again'))).status).toBe(429);
    });

    it('stops who changes a text in small steps, whichever server is asked', async () => {
      const from = '198.51.100.6';
      const changed = words('climbed', 300).split(' ');
      const statuses: number[] = [];
      for (let step = 0; step < SIMILAR + 2; step++) {
        statuses.push((await ask(from, changed.join(' '))).status);
        changed[10 * step + 5] = 'other';
      }
      expect(statuses).toEqual([...Array<number>(SIMILAR).fill(200), 429, 429]);
      // Others may ask for the same text.
      expect((await ask('198.51.100.7', changed.join(' '))).status).toBe(200);
      await query("update countermark.public_sketches set expires = expires - interval '1 hour'");
      await query("update countermark.public_budgets set renewed = renewed - interval '1 hour'");
      expect((await ask(from, changed.join(' '))).status).toBe(200);
    });

    it('counts texts that are nearly the same one after the other, also where they come at once', async () => {
      const text = words('the same', 300);
      const all = Array.from({ length: BUDGET }, () => ask('198.51.100.8', text));
      const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
      expect(statuses).toEqual([
        ...Array<number>(SIMILAR).fill(200),
        ...Array<number>(BUDGET - SIMILAR).fill(429),
      ]);
    });

    it('keeps of an address a hash that needs the master key, and of a text nothing that can be read', async () => {
      const from = '198.51.100.9';
      const text = words('not to be kept', 300);
      const clients = async (database: Pick<TestServer['store']['database'], 'query'> = { query }) =>
        (await database.query<{ client: Uint8Array }>('select client from countermark.public_budgets'))
          .map(({ client }) => Buffer.from(client).toString('hex'))
          .sort();
      await query('delete from countermark.public_budgets');
      await query('delete from countermark.public_sketches');
      await ask(from, text);
      await ask(from, text);
      const counted = await clients();
      // The client, and all clients together.
      expect(counted).toHaveLength(2);
      for (const client of counted) {
        expect(client).toMatch(/^[0-9a-f]{64}$/);
        expect(client).not.toBe(createHash('sha256').update(from).digest('hex'));
      }
      const sketches = await query<{ sealed: Uint8Array }>('select sealed from countermark.public_sketches');
      // The same hashes twice: what is kept of them is sealed.
      const [one, two] = sketches.map(({ sealed }) => Buffer.from(sealed));
      expect(one?.length).toBe(two?.length);
      expect(one?.equals(two ?? Buffer.alloc(0))).toBe(false);
      // In another database, under another master key, the same address has another hash.
      await query('create database strangers');
      const url = new URL(postgres?.env['DATABASE_URL'] ?? '');
      url.pathname = '/strangers';
      const stranger = await begin({
        DATABASE_URL: url.href,
        COUNTERMARK_MASTER_KEY: randomBytes(32).toString('base64url'),
      });
      try {
        await stranger.server.store.keys.add(await keyFor('demo', 'public key'), 'open', true);
        expect((await stranger.detect({ text }, undefined, from)).status).toBe(200);
        const others = await clients(stranger.server.store.database);
        expect(others).toHaveLength(2);
        expect(new Set([...counted, ...others]).size).toBe(4);
      } finally {
        await stranger.close();
      }
    });

    it('is forgotten once it is renewed, and questions once they count no longer', async () => {
      await query('delete from countermark.public_budgets');
      await query('delete from countermark.public_sketches');
      await ask('198.51.100.13', words('to be forgotten'));
      await query("update countermark.public_budgets set renewed = renewed - interval '1 hour'");
      await query("update countermark.public_sketches set expires = expires - interval '1 hour'");
      await ask('198.51.100.14', words('to be kept'));
      const rows = async (table: string): Promise<number> =>
        (await query(`select 1 from countermark.${table}`)).length;
      const become = (table: string, left: number): Promise<void> =>
        vi.waitFor(async () => expect(await rows(table)).toBe(left), PATIENCE_MS);
      // Two clients, and all together, whose budget was renewed with the second.
      expect(await rows('public_budgets')).toBe(3);
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      const sweeper = await begin();
      try {
        // When it starts, and then now and then.
        await become('public_budgets', 2);
        await become('public_sketches', 1);
        await query("update countermark.public_budgets set renewed = renewed - interval '1 hour'");
        await query("update countermark.public_sketches set expires = expires - interval '1 hour'");
        vi.advanceTimersByTime(SWEEP_MS);
        await become('public_budgets', 0);
        await become('public_sketches', 0);
      } finally {
        vi.useRealTimers();
        await sweeper.close();
      }
    });

    it('is nobody’s where the database does not answer', async () => {
      const [{ server } = {}] = servers;
      const from = '198.51.100.10';
      expect((await ask(from, words('before'))).status).toBe(200);
      let isAsked = false;
      await server?.store.database.transaction(async (tx) => {
        await tx.query('lock table countermark.public_budgets in access exclusive mode');
        const { status, headers, json } = await ask(from, words('meanwhile'));
        expect([status, json]).toMatchObject([503, { error: { code: 'overloaded' } }]);
        expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
        isAsked = true;
      });
      expect(isAsked).toBe(true);
      expect((await ask(from, words('after'))).status).toBe(200);
    });

    it('is bounded for all clients together, whichever server is asked, and costs who is refused nothing', async () => {
      await query('delete from countermark.public_budgets');
      const total = BUDGET + 1;
      const pair = [
        await begin({ COUNTERMARK_PUBLIC_TOTAL: String(total) }),
        await begin({ COUNTERMARK_PUBLIC_TOTAL: String(total) }),
      ];
      try {
        const all = Array.from({ length: 3 * total }, (_, i) =>
          pair[i % 2]?.detect({ text: words(`of all ${i}`) }, undefined, `203.0.113.${i}`),
        );
        const statuses = (await Promise.all(all)).map((answer) => answer?.status).sort();
        expect(statuses).toEqual([...Array<number>(total).fill(200), ...Array<number>(2 * total).fill(429)]);
        const spent = await query<{ spent: number }>(
          'select spent from countermark.public_budgets order by spent',
        );
        expect(spent.map((row) => row.spent)).toEqual([
          ...Array<number>(2 * total).fill(0),
          ...Array<number>(total).fill(1),
          total,
        ]);
      } finally {
        await Promise.all(pair.map((server) => server.close()));
      }
    });

    it('stops who asks about a small piece beside ever new text, whichever server is asked', async () => {
      await query('delete from countermark.public_budgets');
      const from = '198.51.100.15';
      const statuses: number[] = [];
      for (let step = 0; step <= SIMILAR; step++)
        statuses.push((await ask(from, `${words(`beside ${step}`)} ${words('piece', 60)}`)).status);
      expect(statuses).toEqual([...Array<number>(SIMILAR).fill(200), 429]);
    });

    it('goes on after the database was restarted', async () => {
      await postgres?.restart();
      // Connections that the restart ended are replaced.
      for (const end = Date.now() + 30_000; Date.now() < end; await sleep(100)) {
        if ((await ask('198.51.100.11', words('again'))).status === 200) break;
      }
      expect((await ask('198.51.100.12', words('and again'))).status).toBe(200);
    });
  },
);

// Words in an order that no two texts share.
function words(seed: string, count = 300): string {
  const random = seededRandom(seed);
  const known = 'time people way water day part sound work place year live back give most thing name'.split(
    ' ',
  );
  return Array.from({ length: count }, () => known[Math.floor(known.length * random())] ?? '').join(' ');
}
