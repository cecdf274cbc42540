/** What a server does while somebody sets its clock, forth or back. */
import type { Finding } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { markedIds } from '../support/marked-ids.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const HOUR_MS = 3_600_000;
const VOCABULARY = 1000;
const key = keyFrom('clock', VOCABULARY, { commonShare: 0.9, accountShare: 0 });
const marked = markedIds(key, undefined, 400, 'clock');
const unmarked = randomIds(seededRandom('clock'), 400, VOCABULARY);

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer({ COUNTERMARK_PUBLIC_BUDGET: '3', COUNTERMARK_PUBLIC_SIMILAR: '3' });
  await server.store.keys.add(key, 'clock', true);
  ({ token } = await server.store.apiKeys.create('auditor', ['detect', 'scan']));
}, 60_000);

afterEach(() => {
  vi.restoreAllMocks();
});

/** Sets the clock of the process, and with it the embedded database's. */
function setClock(byMs: number): void {
  vi.restoreAllMocks();
  const now = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => now() + byMs);
}

async function detect(tokenIds: Uint32Array, ofToken: string | undefined = token) {
  const body = { tokenIds: Array.from(tokenIds), keyIds: [key.keyId] };
  return server.call('/v1/detections', {
    method: 'POST',
    body,
    ...(ofToken === undefined ? {} : { token: ofToken }),
  });
}

it.each([
  ['forth', 24 * HOUR_MS],
  ['back', -24 * HOUR_MS],
])('answers the same after a day %s', async (_, byMs) => {
  const before = await detect(marked);
  setClock(byMs);
  const after = await detect(marked);
  expect(after.status).toBe(200);
  expect(after.json).toEqual(before.json);
  expect((await detect(unmarked)).json).toMatchObject({ verdict: 'not-detected' });
});

it('gives the public no new budget for an hour that did not pass', async () => {
  const call = (tokenIds: Uint32Array) =>
    server.call('/v1/detections', { method: 'POST', body: { tokenIds: Array.from(tokenIds) } });
  // Another text each time, so that it is the budget that refuses.
  const another = (seed: number) => call(randomIds(seededRandom(seed), 400, VOCABULARY));
  for (let i = 0; i < 3; i++) expect((await another(i)).status).toBe(200);
  for (const byMs of [0, 2 * HOUR_MS, -2 * HOUR_MS]) {
    setClock(byMs);
    const { status, headers } = await another(byMs);
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(3600);
  }
});

it('ends a scan with its result where the clock is set forth and back meanwhile', async () => {
  const lines = Array.from({ length: 100 }, (_, i) => {
    const ids =
      i % 10 === 0 ? markedIds(key, undefined, 200, `scan ${i}`) : randomIds(seededRandom(i), 200, 1000);
    return JSON.stringify({ ids: Array.from(ids) });
  });
  const path = `/v1/scans?idsField=ids&keyIds=${key.keyId}`;
  const submit = () =>
    server.call(path, {
      method: 'POST',
      token,
      headers: { 'content-type': 'application/x-ndjson' },
      raw: `${lines.join('\n')}\n`,
    });
  const summaryOf = async (steps: readonly number[]) => {
    const { status, json } = await submit();
    expect(status).toBe(202);
    const { id } = json as { id: string };
    for (const byMs of steps) {
      setClock(byMs);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const headers = { accept: 'application/json' };
    await expect
      .poll(async () => (await server.call(`/v1/scans/${id}`, { token })).json, { timeout: 240_000 })
      .toMatchObject({ status: 'done' });
    // The manifest names the upload by its time as well.
    const { json: report } = await server.call(`/v1/scans/${id}/report`, { token, headers });
    const { manifest: _, finding, ...summary } = report as { manifest: string; finding: Finding };
    const { inputs: __, ...head } = finding;
    return { ...summary, head };
  };
  const undisturbed = await summaryOf([]);
  expect(undisturbed).toMatchObject({ verdict: 'detected' });
  expect(await summaryOf([HOUR_MS, -HOUR_MS, HOUR_MS, 0])).toEqual(undisturbed);
}, 600_000);
