/**
 * Everything at once, for long: detections, sampling, completions, scans, rotations of keys and restarts of PostgreSQL. Two minutes, or
 * COUNTERMARK_LOAD_SECONDS; the figures go to standard output.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../cli/command.ts';
import { LoadTally, leastOfThirds } from '../../support/load-tally.ts';
import { markedIds } from '../../support/marked-ids.ts';
import { Client, corpusLines, vendorKey } from '../scan-server.ts';
import { fillStore, type ServeProcess, startProcess } from '../serve-process.ts';
import { missingPostgres, type PostgresCluster, startPostgres } from './postgres-cluster.ts';

const SECONDS = Number(process.env['COUNTERMARK_LOAD_SECONDS'] ?? 120);
const DOCUMENTS = 30;
const MIB = 2 ** 20;

describe.skipIf(missingPostgres !== undefined)(
  `a server under mixed load (${missingPostgres ?? `${SECONDS} s`})`,
  () => {
    let postgres: PostgresCluster | undefined;
    let server: ServeProcess | undefined;
    let client: Client;
    let scanned: WatermarkKey;

    beforeAll(async () => {
      postgres = await startPostgres();
      const env: Record<string, string> = {
        ...postgres.env,
        COUNTERMARK_THREADS: '2',
        COUNTERMARK_RETENTION_HOURS: '24',
        COUNTERMARK_LOG_LEVEL: 'error',
      };
      scanned = vendorKey();
      const scopes = ['scan', 'detect', 'engine', 'sample', 'admin'] as const;
      const token = await fillStore(env, scanned, scopes);
      server = await startProcess('serve', env['COUNTERMARK_DATA'] ?? '', env);
      client = new Client(server.url, token);
    }, PATIENCE_MS);

    afterAll(async () => {
      await server?.end('SIGTERM');
      await postgres?.stop();
    });

    it(
      'loses nothing that it acknowledged, answers nothing but 503 while it cannot, and takes no more memory',
      async () => {
        if (postgres === undefined || server === undefined) throw new Error('nothing was started');
        const cluster = postgres;
        const tally = new LoadTally();
        const post = (kind: string, path: string, body: unknown): Promise<unknown> =>
          tally.send(kind, () => client.post(path, body));
        const get = (kind: string, path: string): Promise<unknown> =>
          tally.send(kind, () => client.fetch(path));
        const end = performance.now() + 1000 * SECONDS;
        const until = async (work: (nth: number) => Promise<unknown>, everyMs = 0): Promise<void> => {
          for (let nth = 0; performance.now() < end && tally.faults.length < 20; nth++) {
            await work(nth);
            await sleep(everyMs);
          }
        };

        const marked = Array.from(markedIds(scanned, undefined, 300, 'mixed load'));
        const random = seededRandom('mixed load');
        const results: string[] = [];
        const detect = async (nth: number): Promise<void> => {
          const tokenIds = nth % 2 === 0 ? marked : Array.from(marked, () => Math.floor(1000 * random()));
          const answer = await post('detections', '/v1/detections', { tokenIds, keyIds: [scanned.keyId] });
          if (answer === undefined) return;
          const { id, verdict } = answer as { id: string; verdict: string };
          if ((verdict === 'detected') !== (nth % 2 === 0)) tally.fault(`a verdict was ${verdict}`);
          results.push(id);
        };
        const sequence = () => ({
          context: Array.from({ length: 8 }, () => Math.floor(4096 * random())),
          generated: 8,
          spentBits: 16,
          tokenIds: Array.from({ length: 32 }, (_, i) => 100 * i + Math.floor(100 * random())),
          logits: Array.from({ length: 32 }, () => 5 * random()),
        });
        const sample = (): Promise<unknown> =>
          post('sampling', '/v1/watermark/sample', {
            label: 'rotating',
            sequences: Array.from({ length: 8 }, sequence),
          });
        const complete = (): Promise<unknown> =>
          post('completions', '/v1/completions', {
            model: 'demo',
            prompt: 'The state',
            max_tokens: 16,
          });
        const scans: string[] = [];
        const scan = async (nth: number): Promise<void> => {
          const lines = corpusLines(scanned, DOCUMENTS, `load ${nth}`);
          const query = `idsField=ids&keyIds=${scanned.keyId}`;
          const made = await tally.send('scans', () => client.upload(lines, query));
          if (made === undefined) return;
          const { id } = made as { id: string };
          scans.push(id);
          // One after another; those that wait for the database are looked at in the end.
          for (let looks = 0; looks < 100; looks++) {
            const seen = (await get('progress', `/v1/scans/${id}`)) as { status?: string } | undefined;
            if (seen?.status === 'failed') tally.fault(`scan ${id} failed`);
            if (seen?.status === 'done' || seen?.status === 'failed' || performance.now() > end) return;
            await sleep(200);
          }
        };
        interface Key {
          readonly keyId: string;
          readonly label: string;
          readonly status: string;
        }
        const keys = async (): Promise<readonly Key[] | undefined> =>
          ((await get('keys', '/v1/keys')) as { data: Key[] } | undefined)?.data;
        const acknowledged = [scanned.keyId];
        const rotate = async (): Promise<void> => {
          const active = (await keys())?.find(
            ({ label, status }) => label === 'rotating' && status === 'active',
          );
          if (active === undefined) return;
          const made = await post('rotations', `/v1/keys/${active.keyId}/rotate`, {});
          if (made !== undefined) acknowledged.push((made as Key).keyId);
        };
        const memory: Record<'heap' | 'resident', number[]> = { heap: [], resident: [] };
        const look = async (): Promise<void> => {
          const text = await (await client.fetch('/metrics')).text();
          const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
          memory.heap.push(value('nodejs_heap_size_used_bytes'));
          memory.resident.push(value('process_resident_memory_bytes'));
        };
        let restarts = 0;
        const restart = async (): Promise<void> => {
          await sleep(15_000);
          if (performance.now() > end) return;
          await cluster.restart();
          restarts++;
        };

        const first = await post('keys made', '/v1/keys', { label: 'rotating', tokenizer: 'demo' });
        acknowledged.push((first as Key).keyId);
        await Promise.all([
          until(detect),
          until(detect),
          until(sample),
          until(sample),
          until(complete),
          until(scan),
          until(rotate, 4_000),
          until(look, 200),
          until(restart),
        ]);

        // In the end the database is there, and so is everything that was ever acknowledged.
        await expect.poll(async () => (await client.fetch('/readyz')).status, { timeout: 240_000 }).toBe(200);
        expect(tally.faults).toEqual([]);
        const there = await keys();
        expect(there?.map(({ keyId }) => keyId)).toEqual(expect.arrayContaining(acknowledged));
        expect(
          there?.filter(({ label, status }) => label === 'rotating' && status === 'active'),
        ).toHaveLength(1);
        for (const id of scans) {
          expect(await client.ended(id)).toMatchObject({
            status: 'done',
            progress: { documents: DOCUMENTS },
          });
        }
        for (const id of results) expect((await client.fetch(`/v1/detections/${id}`)).status).toBe(200);
        const report = tally.report();
        const heap = leastOfThirds(memory.heap);
        const resident = leastOfThirds(memory.resident);
        const mib = ({ first, middle, last }: typeof heap): string =>
          `${[first, middle, last].map((bytes) => Math.round(bytes / MIB)).join(', ')} MiB in the first, middle and last third`;
        process.stdout.write(
          `${SECONDS} s, ${restarts} restarts of PostgreSQL, ${scans.length} scans and ${results.length} results kept\n` +
            `${Object.entries(report)
              .map(([kind, of]) => `${kind}: ${JSON.stringify(of)}\n`)
              .join('')}least heap: ${mib(heap)}\nleast resident: ${mib(resident)}\n`,
        );
        for (const kind of ['detections', 'sampling', 'completions', 'scans', 'rotations']) {
          expect(report[kind]?.answered, kind).toBeGreaterThan(0);
        }
        expect(restarts).toBeGreaterThan(0);
        // Each third has hundreds of samples; what grows by so much in one would in all of a day grow without end.
        expect(heap.last).toBeLessThan(1.15 * heap.middle + 8 * MIB);
        expect(resident.last).toBeLessThan(1.15 * resident.middle + 32 * MIB);
        expect(server.log()).not.toContain('a request failed');
      },
      1000 * SECONDS + 900_000,
    );
  },
);
