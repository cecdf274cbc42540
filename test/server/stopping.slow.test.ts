/** A server that is told to stop: who sends it requests learns that first, and none is lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ServeProcess, startProcess } from './serve-process.ts';
import { runServer } from './test-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'countermark-stopping-'));
afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));

const start = (name: string, noticeMs: number): Promise<ServeProcess> =>
  startProcess('serve', join(directory, name), {
    COUNTERMARK_MODEL: 'none',
    COUNTERMARK_DRAIN_NOTICE_MS: String(noticeMs),
  });

describe('SIGTERM', () => {
  it('is said at /readyz, while new connections are taken and answered, each with its end', async () => {
    // Longer than any machine takes: it is killed in the end.
    const served = await start('long', 3_600_000);
    try {
      const get = (path: string): Promise<Response> => fetch(new URL(path, served.url));
      expect((await get('/readyz')).status).toBe(200);
      served.signal('SIGTERM');
      await expect.poll(async () => (await get('/readyz')).status).toBe(503);
      const ready = await get('/readyz');
      expect(await ready.json()).toMatchObject({ detail: expect.stringContaining('the server is stopping') });
      const answered = await get('/.well-known/countermark.json');
      expect(answered.status).toBe(200);
      expect(answered.headers.get('connection')).toBe('close');
      // It lives, so that nobody kills it before its time.
      expect((await get('/healthz')).status).toBe(200);
    } finally {
      await served.end('SIGKILL');
    }
  });

  it('ends the process with status 0 when its time is over, and then nobody is answered', async () => {
    const served = await start('short', 100);
    expect(await served.end('SIGTERM')).toBe(0);
    await expect(fetch(new URL('/healthz', served.url))).rejects.toThrow();
    expect(served.log()).not.toContain('"level":50');
  });
});

describe('a server that is closed twice', () => {
  it('closes once, and both wait for it', async () => {
    const server = await runServer();
    await Promise.all([server.close(), server.close()]);
    await expect(server.call('/healthz')).rejects.toThrow();
  });
});
