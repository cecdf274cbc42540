import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Running, start } from '../cli/command.ts';
import { putEmptyDatabase } from './empty-database.ts';

// The embedded database takes seconds to start, and longer on a busy machine.
const START_MS = 240_000;
const ACCOUNT = 'customer-17@example.org';
const RESPONSE = 'a-name-of-a-response';
const PROMPT = 'A secret prompt that nobody else should read';

let directory: string;
let running: Running;
let url: string;
let token: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'countermark-log-'));
  await putEmptyDatabase(directory);
  running = start(['serve', '--port', '0', '--data', directory]);
  const [line] = (await once(running.child.stdout!, 'data')) as [Buffer];
  url = line.toString().trim().replace('listening on ', '');
  token = (await readFile(join(directory, 'admin-api-key'), 'utf8')).trim();
}, START_MS);

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('countermark serve', () => {
  it('logs which routes sampled, and nothing of what they were sent', async () => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const post = async (path: string, body: object): Promise<number> => {
      const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      await response.text();
      return response.status;
    };
    const step = { context: [1, 2, 3, 4], tokenIds: [3141, 2718], logits: [0, 0], accountId: ACCOUNT };
    const sequences = [{ ...step, responseId: RESPONSE }];
    expect(await post('/v1/watermark/sample', { label: 'demo', sequences })).toBe(200);
    const twice = [{ ...step, responseId: RESPONSE, tokenIds: [3141, 3141] }];
    expect(await post('/v1/watermark/sample', { label: 'demo', sequences: twice })).toBe(400);
    const asked = { model: 'demo', prompt: PROMPT, max_tokens: 2 };
    expect(await post('/v1/completions', asked)).toBe(200);
    expect(await post('/v1/completions', { ...asked, temperature: -1 })).toBe(400);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/watermark/stream`, { headers });
    await once(socket, 'open');
    for (const sent of [sequences, twice]) {
      socket.send(JSON.stringify({ id: RESPONSE, label: 'demo', sequences: sent }));
      await once(socket, 'message');
    }
    socket.close();
    await once(socket, 'close');
    running.child.kill('SIGTERM');
    const { status, stderr } = await running.ended;
    expect(status).toBe(0);
    for (const route of ['/v1/watermark/sample', '/v1/watermark/stream', '/v1/completions']) {
      expect(stderr).toContain(`"route":"${route}"`);
    }
    for (const secret of [token, ACCOUNT, RESPONSE, PROMPT]) expect(stderr).not.toContain(secret);
  });
});
