import { expect, it } from 'vitest';
import { HostileClient } from './send-hostile.ts';
import { startTestServer } from './test-server.ts';

it('answers whatever is as documented, as it documents', async () => {
  const server = await startTestServer({ COUNTERMARK_THREADS: '1', COUNTERMARK_SCAN_WORKER: '0' });
  const client = await HostileClient.open(server);
  const { requests } = await client.send(400, 1);
  expect(requests).toBe(400);
});
