/** What a server answers while the disk of its PostgreSQL is full, and what is there afterwards. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../cli/command.ts';
import { fillDisk } from '../../support/fill-disk.ts';
import { type Answer, keyFor, type Served, serve } from '../detection-server.ts';
import {
  missingPostgres,
  ownerIds,
  type PostgresCluster,
  type SmallDisk,
  startPostgres,
} from './postgres-cluster.ts';

const grants =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;
// A new cluster has some 40 MB and as much room for its log as it may want at first.
const SIZE = '140m';

describe.skipIf(missingPostgres !== undefined || !grants)(
  `a server whose PostgreSQL has a full disk (${missingPostgres ?? 'needs root, unshare and tmpfs'})`,
  () => {
    let holder: ChildProcess | undefined;
    let postgres: PostgresCluster | undefined;
    let served: Served | undefined;
    let files = '';
    const corpus = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-full-')));

    beforeAll(async () => {
      holder = spawn('unshare', ['--mount', 'sleep', 'infinity'], { stdio: 'ignore' });
      const enter = ['nsenter', `--mount=/proc/${holder.pid}/ns/mnt`];
      const { uid, gid } = ownerIds();
      const disk: SmallDisk = {
        prefix: [...enter, 'setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
        mount(directory) {
          files = `/proc/${holder?.pid}/root${directory}`;
          const options = `size=${SIZE},uid=${uid},gid=${gid},mode=700`;
          const mount = ['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', directory];
          // It has left the tests' namespace by then.
          for (let tries = 0; ; tries++) {
            const isApart =
              spawnSync('readlink', [`/proc/${holder?.pid}/ns/mnt`]).stdout.toString() !==
              spawnSync('readlink', ['/proc/self/ns/mnt']).stdout.toString();
            if (isApart) break;
            if (tries > 10_000) throw new Error('there is no mount namespace');
          }
          const [program = '', ...args] = [...enter, ...mount];
          execFileSync(program, args);
        },
      };
      postgres = await startPostgres(disk);
      served = await serve({
        ...postgres.env,
        COUNTERMARK_SCAN_WORKER: '0',
        COUNTERMARK_MODEL: 'none',
        COUNTERMARK_SCAN_ROOTS: corpus,
      });
    }, PATIENCE_MS);

    afterAll(async () => {
      await served?.close();
      await postgres?.stop();
      holder?.kill('SIGKILL');
      rmSync(corpus, { recursive: true });
    });

    it('answers 503 until there is room, is not ready meanwhile, and has all that was acknowledged', async () => {
      if (served === undefined) throw new Error('nothing was started');
      const { server, call, token } = served;
      await server.store.keys.add(
        await keyFor('demo', 'full', { commonShare: 0.6, accountShare: 0.3 }),
        'full',
        false,
      );
      const by = await token('scan', 'trace', 'detect');
      // Long lists of accounts take room.
      const submit = (scan: number): Promise<Answer> =>
        call('POST', '/v1/scans', {
          token: by,
          body: {
            inputs: [corpus],
            accounts: {
              ids: Array.from({ length: 3000 }, (_, i) => `${scan}-${i}-${Math.random()}`),
            },
          },
        });
      const acknowledged: unknown[] = [];
      const add = async (scan: number): Promise<Answer> => {
        const answer = await submit(scan);
        if (answer.status === 202) acknowledged.push(answer.json['id']);
        return answer;
      };
      expect((await add(0)).status).toBe(202);
      const free = fillDisk(files);
      let refused: Answer | undefined;
      for (let scan = 1; refused === undefined; scan++) {
        const answer = await add(scan);
        if (answer.status !== 202) refused = answer;
        expect(scan).toBeLessThan(2000);
      }
      expect([refused.status, refused.json]).toMatchObject([503, { error: { code: 'overloaded' } }]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await call('GET', '/readyz')).status).toBe(503);
      expect((await call('GET', '/healthz')).status).toBe(200);
      free();
      await expect.poll(async () => (await call('GET', '/readyz')).status, { timeout: 240_000 }).toBe(200);
      expect((await add(-1)).status).toBe(202);
      const listed: unknown[] = [];
      for (let after = ''; ; ) {
        const { json } = await call('GET', `/v1/scans${after}`, { token: by });
        const { data, next } = json as { data: { id: string }[]; next: string | null };
        listed.push(...data.map(({ id }) => id));
        if (next === null) break;
        after = `?after=${next}`;
      }
      expect(listed).toEqual(expect.arrayContaining(acknowledged));
      expect(served.log()).not.toContain('a request failed');
    });
  },
);
