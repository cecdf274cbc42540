import { expect, it } from 'vitest';
import { bytesInUse } from './bytes-in-use.ts';
import { HostileClient } from './send-hostile.ts';
import { startTestServer } from './test-server.ts';

// The least that a WebAssembly memory has, which each detector and tokenizer owns one of.
const PAGE_BYTES = 2 ** 16;
// Two of the five operations work with these, each drawn as often as the others.
const SHARE_OF_THREADS = 2 / 5;

it('answers thousands of requests that are as documented, and keeps nothing of them', async () => {
  const server = await startTestServer({ COUNTERMARK_THREADS: '1', COUNTERMARK_SCAN_WORKER: '0' });
  const client = await HostileClient.open(server);
  await client.send(1000, 2);
  const before = bytesInUse();
  const resident = process.memoryUsage().rss;
  const { requests, bytes } = await client.send(2500, 3);
  const grown = bytesInUse() - before;
  const grownResident = process.memoryUsage().rss - resident;
  // A server that kept what it was sent, or what it answered, would have grown by about a half of all, as of each there is.
  expect(grown).toBeLessThan(bytes / 4);
  // One that left one memory a request open in its threads would have grown by twice this.
  expect(grownResident).toBeLessThan((requests * SHARE_OF_THREADS * PAGE_BYTES) / 2);
});
