import {
  existsSync,
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
import { PATIENCE_MS, run } from '../cli/command.ts';
import { type Client, resultOf, type Scan, scanByCommand, vendorKey, writeFiles } from './scan-server.ts';
import { clientOf, fillStore, type ServeProcess, startProcess } from './serve-process.ts';

const SHARDS = 4;
const key = vendorKey();
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-restart-')));
const data = join(directory, 'data');
const corpus = join(directory, 'corpus');
const seed = '5'.repeat(64);
// Many decoys make a small corpus last: a second or so a shard.
const asked = { inputs: [corpus], keyIds: [key.keyId], options: { idsField: 'ids', decoys: 60, seed } };
const env = { COUNTERMARK_DATA: data, COUNTERMARK_THREADS: '1', COUNTERMARK_SCAN_ROOTS: corpus };

let token: string;
let server: ServeProcess;
let client: Client;
let expected: Record<string, string>;
let log = '';

async function restart(signal?: 'SIGKILL' | 'SIGTERM'): Promise<number | undefined> {
  const status = signal && (await server.end(signal));
  if (signal !== undefined) log += server.log();
  server = await startProcess('serve', data, env);
  client = clientOf(server, token);
  return status;
}

async function begun(scan: Scan): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(20)) {
    const { status, progress } = await client.show(scan.id);
    if (progress.finished > 0 || status !== 'scanning') {
      if (progress.finished > 0) {
        // Not by the end of the last shard.
        expect(progress.finished).toBeLessThan(SHARDS);
        return;
      }
    }
  }
  throw new Error('no shard was ever finished');
}

beforeAll(async () => {
  writeFiles(corpus, key, SHARDS, 100);
  token = await fillStore(env, key);
  const args = ['--ids-field', 'ids', '--decoys', '60', '--seed', seed];
  expected = await scanByCommand(corpus, [key], join(directory, 'whole'), args);
  await restart();
}, PATIENCE_MS);

afterAll(async () => {
  await server?.end('SIGKILL');
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

describe('countermark serve', () => {
  it('finishes the scan of a server that was killed, to the bytes of an undisturbed one', async () => {
    const scan = await client.submit(asked);
    await begun(scan);
    expect(await restart('SIGKILL')).toBe(137);
    expect(await client.ended(scan.id)).toMatchObject({ status: 'done', progress: { finished: SHARDS } });
    expect(resultOf(join(data, 'scans', scan.id))).toEqual(expected);
    const events = await client.events(scan.id);
    const statuses = events.flatMap(({ type, data: said }) => (type === 'status' ? [said['status']] : []));
    expect(statuses).toEqual(['queued', 'planning', 'scanning', 'merging', 'done']);
  });

  it('stops at once at SIGTERM, and goes on with the scan the next time', async () => {
    const scan = await client.submit(asked);
    await begun(scan);
    const started = Date.now();
    expect(await restart('SIGTERM')).toBe(0);
    expect(Date.now() - started).toBeLessThan(30_000);
    expect(await client.ended(scan.id)).toMatchObject({ status: 'done' });
    expect(resultOf(join(data, 'scans', scan.id))).toEqual(expected);
  });

  it('removes what it had received of an upload when it was killed, at the next start', async () => {
    const scans = (): string[] => readdirSync(join(data, 'scans')).sort();
    const before = scans();
    const headers = ['Content-Type: application/x-ndjson', 'Content-Length: 200000'];
    const socket = client.beginUpload(`idsField=ids&keyIds=${key.keyId}`, headers, '{"ids":[1]}\n');
    socket.on('error', () => undefined);
    await expect.poll(scans).toHaveLength(before.length + 1);
    const [received] = scans().filter((id) => !before.includes(id));
    expect(await restart('SIGKILL')).toBe(137);
    socket.destroy();
    expect(scans()).toEqual(before);
    expect((await client.fetch(`/v1/scans/${received}`)).status).toBe(404);
  });

  it('stops working on a scan that is cancelled, and removes its files', async () => {
    const scan = await client.submit(asked);
    await begun(scan);
    const response = await client.fetch(`/v1/scans/${scan.id}`, { method: 'DELETE' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: scan.id, status: 'cancelled' });
    expect((await client.events(scan.id)).at(-1)?.data).toEqual({ status: 'cancelled' });
    // The shard that was under way notices within a second or two, and leaves nothing behind.
    await sleep(3_000);
    expect(existsSync(join(data, 'scans', scan.id))).toBe(false);
    expect((await client.show(scan.id)).progress.finished).toBeLessThan(SHARDS);
    expect((await client.fetch(`/v1/scans/${scan.id}`, { method: 'DELETE' })).status).toBe(204);
  });

  it('refuses a data directory that another has open', async () => {
    const { status, stderr } = await run(['serve', '--port', '0', '--data', data], { env });
    expect(status).toBe(2);
    expect(stderr).toMatch(/in use by process \d+/);
    expect((await client.fetch('/v1/scans')).status).toBe(200);
  });

  it('takes over the directory of a process that is gone, also where its number is used again', async () => {
    log += server.log();
    await server.end('SIGTERM');
    // This test's process lives, and is not the one that started then.
    const holder = { pid: process.pid, started: '1', token: 'gone' };
    writeFileSync(join(data, 'lock'), JSON.stringify(holder));
    await restart();
    expect(JSON.parse(readFileSync(join(data, 'lock'), 'utf8'))).not.toMatchObject({ token: 'gone' });
  });

  it('logs no secret, no token and no path', () => {
    log += server.log();
    expect(log).toContain('"route":"/v1/scans"');
    const secret = Buffer.from(key.exportSecret());
    for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      expect(log.includes(secret.toString(form))).toBe(false);
    }
    expect(log.includes(token)).toBe(false);
    expect(log.includes(corpus)).toBe(false);
  });
});
