/** Whose a data directory is, where process ids do not say it: another container's, a copy, one that was taken over. */
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, DirectoryLockedError, openStore, readSettings, type Store } from '@countermark/server';
import { afterAll, describe, expect, it } from 'vitest';
import { keyFrom } from '../support/random-key.ts';
import { startTestServer } from './test-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'countermark-lock-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function open(data: string): Promise<Store> {
  const settings = readSettings({ COUNTERMARK_DATA: data, COUNTERMARK_LOG_LEVEL: 'silent' });
  return openStore(settings, createLogger(settings));
}

/** The lock of a holder in another container of this machine, or on another machine: its process id is also one of ours. */
function foreignLock(domain: object): string {
  return JSON.stringify({ pid: process.pid, started: '1', token: 'foreign', domain });
}

const DOMAINS = {
  'another container': {
    host: 'a',
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pidNamespace: 'pid:[1]',
  },
  'another machine': { host: 'b', bootId: 'another', pidNamespace: 'pid:[4026531836]' },
};

describe('a data directory', () => {
  // Each waits until a lock is stale: together.
  it.concurrent.each(Object.entries(DOMAINS))(
    'of a server in %s is refused while that renews its lock',
    async (name, domain) => {
      const data = join(directory, name);
      await (await open(data)).close();
      const lock = join(data, 'lock');
      writeFileSync(lock, foreignLock(domain));
      let renewals = 0;
      const timer = setInterval(() => utimesSync(lock, ++renewals, renewals), 100);
      try {
        await expect(open(data)).rejects.toThrow(DirectoryLockedError);
        await expect(open(data)).rejects.toThrow(`in use by process ${process.pid} of ${domain.host}`);
      } finally {
        clearInterval(timer);
      }
      expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ token: 'foreign' });
      // Nothing renews it any more.
      const store = await open(data);
      expect(JSON.parse(readFileSync(lock, 'utf8'))).not.toMatchObject({ token: 'foreign' });
      await store.close();
      expect(readdirSync(data).filter((file) => file.startsWith('lock'))).toEqual([]);
    },
  );

  it.concurrent('is not another’s where it was copied while it was in use', async () => {
    const data = join(directory, 'original');
    const store = await open(data);
    const copy = join(directory, 'copy');
    cpSync(data, copy, { recursive: true });
    await expect(open(data)).rejects.toThrow(DirectoryLockedError);
    const other = await open(copy);
    expect(await other.keys.list()).toEqual([]);
    await other.close();
    await store.keys.add(keyFrom('lock', 1000), 'kept', false);
    expect(await store.keys.list()).toHaveLength(1);
    await store.close();
  });
});

describe('a server whose data directory was taken over', () => {
  it('acknowledges nothing any more, is not ready, and leaves the files and the lock alone', async () => {
    const server = await startTestServer({ COUNTERMARK_SCAN_WORKER: '0' });
    const lock = join(server.data, 'lock');
    const token = await server.newToken(['admin']);
    const add = (label: string): Promise<{ readonly status: number }> =>
      server.call('/v1/keys', { method: 'POST', token, body: { label, tokenizer: 'demo' } });
    expect((await add('before')).status).toBe(201);
    writeFileSync(`${lock}.new`, foreignLock(DOMAINS['another machine']));
    renameSync(`${lock}.new`, lock);
    await server.lost;
    expect((await add('after')).status).toBe(500);
    expect((await server.call('/readyz')).status).toBe(503);
    expect((await server.call('/healthz')).status).toBe(200);
    await server.close();
  });

  it('keeps its directory where its lock was moved for a moment and put back', async () => {
    const data = join(directory, 'moved');
    const store = await open(data);
    const lock = join(data, 'lock');
    renameSync(lock, `${lock}.aside`);
    renameSync(`${lock}.aside`, lock);
    await store.keys.add(keyFrom('moved', 1000), 'kept', false);
    await store.close();
  });
});
