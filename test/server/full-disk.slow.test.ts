/** What a server on the embedded database does while the disk of its data directory is full, and what is there afterwards. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, type Ended, endOf, PATIENCE_MS } from '../cli/command.ts';
import { fillDisk } from '../support/fill-disk.ts';
import { Client, corpusLines, resultOf, vendorKey, writeFiles } from './scan-server.ts';

// In a user's own mount namespace, where the system grants one.
const namespace = ['--user', '--map-root-user', '--mount'];
const grants = spawnSync('unshare', [...namespace, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;
// Started again a second after its end, as by whoever runs it.
const ON_SMALL_DISK =
  'mount -t tmpfs -o size=300m tmpfs "$1"; shift; while [ ! -e "$0" ]; do "$@"; sleep 1; done';
const SHARDS = 6;

describe.skipIf(!grants)('a server whose disk is full (needs unshare and tmpfs)', () => {
  const key = vendorKey();
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-full-disk-')));
  const mounted = join(directory, 'mounted');
  const corpus = join(directory, 'corpus');
  // Once it is there the server is started no more.
  const ended = join(directory, 'ended');
  let child: ChildProcess;
  let end: Promise<Ended>;
  /** The data directory, seen from outside of its namespace. */
  let data: string;
  let printed = '';
  let logged = '';

  beforeAll(async () => {
    mkdirSync(mounted);
    writeFiles(corpus, key, SHARDS, 30);
    const serve = [process.execPath, COMMAND, 'serve', '--port', '0', '--data', mounted];
    child = spawn('unshare', [...namespace, 'sh', '-c', ON_SMALL_DISK, ended, mounted, ...serve], {
      env: {
        ...process.env,
        COUNTERMARK_THREADS: '1',
        COUNTERMARK_SCAN_ROOTS: corpus,
        COUNTERMARK_RETENTION_HOURS: '1',
        COUNTERMARK_DRAIN_MS: '1000',
        COUNTERMARK_LOG_LEVEL: 'warn',
      },
    });
    data = `/proc/${child.pid}/root${mounted}`;
    child.stdout?.on('data', (chunk) => {
      printed += String(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      logged += String(chunk);
    });
    end = endOf(child);
  });

  afterAll(async () => {
    writeFileSync(ended, '');
    killServer();
    await end;
    rmSync(directory, { recursive: true, force: true });
  });

  function killServer(): void {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    for (const pid of children.split(' ').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
  }

  async function clientOfStart(nth: number): Promise<Client> {
    const urls = (): string[] => [...printed.matchAll(/listening on (.*)/g)].map(([, url]) => url ?? '');
    await expect.poll(() => urls().length, { timeout: PATIENCE_MS }).toBe(nth);
    return new Client(urls().at(-1) ?? '', readFileSync(join(data, 'admin-api-key'), 'utf8').trim());
  }

  async function labels(client: Client): Promise<string[]> {
    const { data: keys } = (await (await client.fetch('/v1/keys')).json()) as { data: { label: string }[] };
    return keys.map(({ label }) => label);
  }

  const ready = async (client: Client): Promise<number> => (await client.fetch('/readyz')).status;

  async function expectNoRoom(response: Response): Promise<void> {
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { type: '/problems/overloaded', detail: expect.stringMatching(/\bMiB are needed$|no room/) },
    ]);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  }

  it('refuses what it would write, is not ready, goes on with the rest, and ends its scans when there is room', async () => {
    const client = await clientOfStart(1);
    const add = (label: string) => client.post('/v1/keys', { label, tokenizer: 'demo' });
    expect((await add('before')).status).toBe(201);
    const scan = { inputs: [corpus], options: { idsField: 'ids', decoys: 60, seed: '5'.repeat(64) } };
    const undisturbed = await client.submit(scan);
    expect(await client.ended(undisturbed.id)).toMatchObject({ status: 'done' });
    const expected = resultOf(join(data, 'scans', undisturbed.id));
    expect(await ready(client)).toBe(200);

    const { id } = await client.submit(scan);
    // Some parts are there, and others find no room.
    await expect.poll(async () => (await client.show(id)).progress.finished).toBeGreaterThan(0);
    const free = fillDisk(data);
    await expectNoRoom(await add('during'));
    await expectNoRoom(await client.post('/v1/scans', scan));
    await expectNoRoom(await client.upload(corpusLines(key, 20, 'upload'), 'idsField=ids'));
    await expectNoRoom(await client.fetch('/readyz'));
    // A result that is not kept cannot be fetched again.
    const tokenIds = Array.from({ length: 300 }, (_, i) => (i * 7919) % 4000);
    await expectNoRoom(await client.post('/v1/detections', { tokenIds }));
    expect((await client.fetch('/healthz')).status).toBe(200);
    expect((await client.fetch('/v1/watermark/keys')).status).toBe(200);
    expect(await labels(client)).toEqual(['demo', 'before']);
    // For longer than a lease, in which it tries in vain.
    await sleep(35_000);
    expect((await client.show(id)).status).toBe('scanning');
    await expectNoRoom(await add('still'));

    free();
    await expect.poll(() => ready(client), { timeout: 240_000 }).toBe(200);
    expect((await add('after')).status).toBe(201);
    expect((await client.post('/v1/detections', { tokenIds })).status).toBe(200);
    expect(await client.ended(id)).toMatchObject({ status: 'done', problem: null });
    expect(resultOf(join(data, 'scans', id))).toEqual(expected);
    // Nothing of the upload was kept.
    expect(readdirSync(join(data, 'scans')).sort()).toEqual([undisturbed.id, id].sort());
    expect(logged).not.toContain('a request failed');
  }, 900_000);

  it('says why it does not start on a full disk, and has all that was acknowledged where it was killed on one', async () => {
    await clientOfStart(1);
    const free = fillDisk(data);
    killServer();
    const refusal = /countermark: the disk of the data directory has 0 MiB left; 48 MiB are needed/;
    await expect.poll(() => logged, { timeout: 240_000 }).toMatch(refusal);
    free();
    const client = await clientOfStart(2);
    expect(await labels(client)).toEqual(['demo', 'before', 'after']);
    expect(await ready(client)).toBe(200);
  }, 900_000);
});
