/** How much memory a server of its own process takes for the largest JSON bodies, until they are checked: what is in use, garbage left out. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServeProcess, startProcess } from './serve-process.ts';

const MOST_BYTES = 8 * 2 ** 20;
/** Bytes and values may take 2.5 times the body; a piece that is parsed, what arrived last and what else the server does take some more. */
const SLACK = 0.25;
const PROBE = fileURLToPath(new URL('./memory-probe.mjs', import.meta.url));

const data = mkdtempSync(join(tmpdir(), 'countermark-memory-'));
let server: ServeProcess;
let token: string;

beforeAll(async () => {
  const env = {
    COUNTERMARK_SCAN_WORKER: '0',
    COUNTERMARK_THREADS: '1',
    COUNTERMARK_MAX_BODY_BYTES: String(MOST_BYTES),
    // What is slow here is the probe.
    COUNTERMARK_BODY_MS: '240000',
  };
  server = await startProcess('serve', data, env, ['--import', PROBE]);
  token = readFileSync(join(data, 'admin-api-key'), 'utf8').trim();
}, 300_000);

afterAll(async () => {
  await server.end('SIGTERM');
  rmSync(data, { recursive: true, force: true, maxRetries: 5 });
});

async function memory(): Promise<{ readonly most: number; readonly now: number }> {
  const before = server.log().length;
  const found = () => /^\{"memory":.*\}$/m.exec(server.log().slice(before))?.[0];
  server.signal('SIGUSR2');
  await expect.poll(found, { timeout: 240_000 }).toBeDefined();
  return (JSON.parse(found() ?? '') as { readonly memory: { readonly most: number; readonly now: number } })
    .memory;
}

/** Sends a body, and returns how many times its size were in use at most, beside what was before. */
async function timesInUse(body: string): Promise<{ readonly times: number; readonly status: number }> {
  const bytes = Buffer.byteLength(body);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  expect(bytes).toBeGreaterThan(0.9 * MOST_BYTES);
  await memory();
  const { now } = await memory();
  const response = await fetch(`${server.url}/v1/detections`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  await response.arrayBuffer();
  const { most } = await memory();
  const times = (most - now) / bytes;
  if (process.env['COUNTERMARK_SHOW_MEMORY'] !== undefined) console.log(body.slice(0, 30), times.toFixed(2));
  return { times, status: response.status };
}

const filled = (before: string, member: string, after: string): string =>
  before + member.repeat(Math.floor((MOST_BYTES - before.length - after.length - 1) / member.length)) + after;

describe('a JSON body as large as it may be', () => {
  it.each([
    // As many values as there may be: 1.5 * 8 MiB / 8 bytes, each of them 5 bytes of the body and more.
    ['of numbers', filled('{"tokenIds":[', '123456,', '1]}'), 2.5, 422],
    ['of strings, of which there are too many', filled('{"keyIds":["', 'abcd","', '"]}'), 2.5, 413],
    ['of numbers and strings', filled('{"tokenIds":["",', '1.5,', '1]}'), 2.5, 413],
    ['that is one text', filled('{"text":"', 'so it went on, ', '"}'), 2, 422],
    ['that is one text with escapes', filled('{"text":"', 'so it\\nwent on, \\u0041\\"', '"}'), 2, 422],
    [
      'that is one text of which one character is beyond Latin-1',
      filled('{"text":"\\u2019', 'so it went on, ', '"}'),
      3,
      422,
    ],
  ])('takes little memory beside itself: one %s', { timeout: 600_000 }, async (_, body, most, wanted) => {
    const { times, status } = await timesInUse(body);
    expect(status).toBe(wanted);
    // The body itself is there once at least: a probe that sees nothing sees less.
    expect(times).toBeGreaterThan(0.9);
    expect(times).toBeLessThan(most + SLACK);
  });
});
