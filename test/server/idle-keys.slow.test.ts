/** How long threads hold keys, on the real clock: that of a thread is out of reach of tests. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { keyFrom } from '../support/random-key.ts';
import { startTestServer } from './test-server.ts';

// docs/server.md; threads look every third of it. An idle thread ends after a minute, and its keys with it.
const HELD_MS = 30_000;
const LOOKS_MS = HELD_MS / 3;

it('gives a thread the secret of a key again only once that was half a minute without use', async () => {
  const server = await startTestServer({ COUNTERMARK_THREADS: '1', COUNTERMARK_SCAN_WORKER: '0' });
  const token = await server.newToken(['detect']);
  const keys = [keyFrom('used', 100), keyFrom('idle', 100)] as const;
  for (const [i, key] of keys.entries()) await server.store.keys.add(key, `${i}`, false);
  const [used, idle] = keys.map(({ keyId }) => keyId);
  const open = vi.spyOn(server.store.keys, 'open');
  const opened = (keyId: string | undefined): number =>
    open.mock.calls.filter(([asked]) => asked === keyId).length;
  const detect = async (keyId: string | undefined): Promise<unknown> => {
    const body = { tokenIds: Array.from({ length: 100 }, (_, i) => (i * i) % 100), keyIds: [keyId] };
    const { status, json } = await server.call('/v1/detections', { method: 'POST', token, body });
    expect(status).toBe(200);
    return json;
  };
  const first = await detect(idle);
  expect(await detect(idle)).toEqual(first);
  for (let ms = 0; ms < HELD_MS + LOOKS_MS + 1000; ms += 1000) {
    await detect(used);
    await sleep(1000);
  }
  expect([opened(used), opened(idle)]).toEqual([1, 1]);
  expect(await detect(idle)).toEqual(first);
  await detect(used);
  expect([opened(used), opened(idle)]).toEqual([1, 2]);
});
