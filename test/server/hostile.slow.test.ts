import { seededRandom } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomIds } from '../support/random-key.ts';
import { settledBytesInUse } from './bytes-in-use.ts';
import { HostileClient } from './send-hostile.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const VOCABULARY = 4096;
const IDS = 12_000;
const LETTERS = 50_000;
const ROUNDS = 300;
// A WebAssembly memory has a page at least, and each detector and tokenizer has one.
const PAGE_BYTES = 2 ** 16;

let server: TestServer;
let client: HostileClient;
let token: string;

beforeAll(async () => {
  server = await startTestServer({ COUNTERMARK_THREADS: '1', COUNTERMARK_SCAN_WORKER: '0' });
  client = await HostileClient.open(server);
  token = await server.newToken(['detect', 'sample', 'engine']);
});

/** Large requests of each kind that differ from all others. */
function largeRequests(seed: string): readonly (readonly [path: string, body: object])[] {
  const random = seededRandom(seed);
  const ids = Array.from(randomIds(random, IDS, VOCABULARY));
  // Words of four letters and a space.
  const text = Array.from({ length: LETTERS }, (_, i) =>
    i % 5 === 4 ? ' ' : String.fromCharCode(97 + Math.floor(26 * random())),
  ).join('');
  const sequence = { context: ids, generated: IDS, spentBits: 0, tokenIds: [1, 2], logits: [0, 0] };
  return [
    ['/v1/detections', { text }],
    ['/v1/tokenize', { text, tokenizer: 'demo' }],
    ['/v1/watermark/sample', { label: 'demo', sequences: [sequence] }],
    ['/v1/completions', { model: 'demo', prompt: 'a', max_tokens: 1, metadata: { text } }],
  ];
}

async function sendLarge(rounds: number, name: string): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const [path, body] of largeRequests(`${name} ${round}`)) {
      const { status } = await server.call(path, { method: 'POST', token, body });
      expect(status, path).toBe(200);
    }
  }
}

describe('thousands of requests that are as documented', () => {
  it('are answered as documented', async () => {
    expect(await client.send(2500, 2)).toBe(2500);
  });

  it('leave nothing behind of what they held', async () => {
    await sendLarge(150, 'before');
    const before = await settledBytesInUse();
    const resident = process.memoryUsage().rss;
    await sendLarge(ROUNDS, 'measured');
    // Who kept one kind of them, as text of a byte a character or as 32-bit ids, would grow by this at least.
    const kept = ROUNDS * Math.min(LETTERS, 4 * IDS);
    expect((await settledBytesInUse()) - before).toBeLessThan(kept / 2);
    // Two of the four kinds go to a thread, whose memory counts only here.
    expect(process.memoryUsage().rss - resident).toBeLessThan(2 * ROUNDS * PAGE_BYTES);
  });
});
