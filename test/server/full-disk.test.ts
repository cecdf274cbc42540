import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, type Ended, endOf, PATIENCE_MS } from '../cli/command.ts';
import { accepted, Client, corpusLines, vendorKey } from './scan-server.ts';
import { fillStore } from './serve-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'countermark-full-disk-'));
const scans = join(directory, 'scans');
mkdirSync(scans);

// In a user's own mount namespace, where the system grants one.
const namespace = ['--user', '--map-root-user', '--mount'];
const grants = spawnSync('unshare', [...namespace, 'mount', '-t', 'tmpfs', 'tmpfs', scans]).status === 0;
const ON_SMALL_DISK = 'mount -t tmpfs -o size=2m tmpfs "$1"; shift; exec "$@"';

describe.skipIf(!grants)('POST /v1/scans on a full disk (needs unshare and tmpfs)', () => {
  const key = vendorKey();
  const query = `idsField=ids&keyIds=${key.keyId}`;
  let client: Client;
  let stop: () => Promise<Ended>;

  beforeAll(async () => {
    const env = { COUNTERMARK_DATA: directory, COUNTERMARK_THREADS: '1' };
    const token = await fillStore(env, key);
    const serve = [process.execPath, COMMAND, 'serve', '--port', '0'];
    const child = spawn('unshare', [...namespace, 'sh', '-c', ON_SMALL_DISK, 'sh', scans, ...serve], {
      env: { ...process.env, ...env },
    });
    const ended = endOf(child);
    stop = () => {
      child.kill('SIGTERM');
      return ended;
    };
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk) => resolve(/listening on (.*)/.exec(String(chunk))?.[1] ?? ''));
      ended.then(({ stderr }) => reject(new Error(stderr)), reject);
    });
    client = new Client(url, token);
  }, PATIENCE_MS);

  afterAll(async () => {
    await stop?.();
    rmSync(directory, { recursive: true, force: true });
  });

  it('answers 503, makes no scan, and has room again for one that is smaller', async () => {
    const response = await client.upload(`{"text":"${'x'.repeat(3 * 2 ** 20)}"}\n`, query);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ detail: 'there is no room for the corpus' });
    expect(await (await client.fetch('/v1/scans')).json()).toMatchObject({ data: [] });
    const { id } = await accepted(await client.upload(corpusLines(key, 5, 'small'), query));
    expect(await client.ended(id)).toMatchObject({ status: 'done' });
  });
});
