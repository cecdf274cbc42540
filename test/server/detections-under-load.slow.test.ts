import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomIds } from '../support/random-key.ts';
import { type Answer, keyFor, type Served, serve } from './detection-server.ts';

const TIME_LIMIT_MS = 1500;
const PHRASE = 'the quick zebra of Ouagadougou';

let served: Served;
let key: WatermarkKey;
let token: string;
const keyIds: string[] = [];
beforeAll(async () => {
  served = await serve({
    COUNTERMARK_TIME_LIMIT_MS: String(TIME_LIMIT_MS),
    COUNTERMARK_MAX_QUEUE: '1',
    COUNTERMARK_RETENTION_HOURS: '1',
  });
  key = await keyFor('demo', 'key under load');
  await served.server.store.keys.add(key, 'key', true);
  for (let i = 0; i < HEAVY_KEYS; i++) {
    const other = await keyFor('demo', `key ${i} under load`);
    await served.server.store.keys.add(other, `key ${i}`, false);
    keyIds.push(other.keyId);
  }
  token = await served.token('detect', 'trace');
}, 300_000);
afterAll(() => served.close());

// Takes a thread some ten times the limit, and the event loop little: the regions of 100,000 tokens under each of many keys.
const tokenIds = Array.from(randomIds(seededRandom('heavy'), 100_000, 4096));
const HEAVY_KEYS = 150;
const heavy = (signal?: AbortSignal): Promise<Answer> =>
  served.call('POST', '/v1/detections', {
    body: { tokenIds, regions: true, keyIds },
    token,
    ...(signal === undefined ? {} : { signal }),
  });

async function waiting(): Promise<number> {
  const { text } = await served.call('GET', '/metrics');
  return Number(/^countermark_waiting_tasks (\d+)$/m.exec(text)?.[1]);
}

const small = () => served.detect({ text: `${PHRASE} a` }, token);

describe('POST /v1/detections under load', () => {
  it('refuses what would wait behind a full queue, and ends what takes too long', async () => {
    const running = [heavy(), heavy()];
    await expect.poll(waiting, { timeout: TIME_LIMIT_MS, interval: 20 }).toBe(1);
    const refused = await small();
    expect([refused.status, refused.json]).toMatchObject([
      503,
      { limit: { name: 'COUNTERMARK_MAX_QUEUE', value: 1 }, error: { code: 'overloaded' } },
    ]);
    expect(refused.headers.get('Retry-After')).toBe('1');
    for (const { status, json } of await Promise.all(running)) {
      expect([status, json]).toMatchObject([
        503,
        {
          limit: { name: 'COUNTERMARK_TIME_LIMIT_MS', value: TIME_LIMIT_MS },
          error: { code: 'time-limit' },
        },
      ]);
    }
    // Another thread is there for the next.
    expect((await small()).status).toBe(200);
  });

  it('answers other requests meanwhile', async () => {
    const running = heavy();
    for (let i = 0; i < 5; i++) {
      const started = performance.now();
      expect((await served.call('GET', '/healthz')).status).toBe(200);
      // The body alone, half a megabyte of JSON, holds the event loop for a moment.
      expect(performance.now() - started).toBeLessThan(TIME_LIMIT_MS / 2);
    }
    expect((await running).status).toBe(503);
  });

  it('gives the place of a client that goes away to the next', async () => {
    const away = new AbortController();
    const gone = [heavy(away.signal), heavy(away.signal)].map((call) =>
      call.catch((error: Error) => error.name),
    );
    await expect.poll(waiting, { timeout: TIME_LIMIT_MS, interval: 20 }).toBe(1);
    away.abort();
    expect(await Promise.all(gone)).toEqual(['AbortError', 'AbortError']);
    await expect.poll(waiting, { timeout: TIME_LIMIT_MS / 2, interval: 20 }).toBe(0);
    expect((await small()).status).toBe(200);
  });
});

describe('secrets', () => {
  it('occur in no log line, answer, metric or row of the database', async () => {
    const answers = [
      await small(),
      await served.detect({ text: PHRASE, keyIds: ['0'.repeat(32)] }, token),
      await served.detect({ text: PHRASE, alpha: 7 }, token),
      await served.detect({ text: PHRASE, [PHRASE]: 1 }, token),
      await served.detect({ text: PHRASE, accounts: { ids: ['account-of-zoe', 'account-of-zoe'] } }, token),
      await served.detect({ text: PHRASE, accounts: { ids: ['account-of-zoe'] } }, token),
      await served.detect({ text: PHRASE, curve: true }, token),
      await served.detect({ text: PHRASE }),
      await served.detect({ text: PHRASE }, `${token}x`),
      await served.call('POST', '/v1/tokenize', { body: { text: PHRASE, keyId: key.keyId }, token }),
      await served.call('POST', '/v1/tokenize', { body: { text: PHRASE, tokenizer: PHRASE }, token }),
      await served.call('GET', '/metrics'),
      await served.call('GET', `/v1/detections/${encodeURIComponent(PHRASE)}`, { token }),
    ];
    const { database } = served.server.store;
    const rows: unknown[] = [];
    for (const table of ['api_keys', 'watermark_keys', 'detections', 'idempotency', 'scans']) {
      rows.push(...(await database.query(`select t::text from countermark.${table} t`)));
    }
    expect(rows.length).toBeGreaterThan(2);
    const log = served.log();
    expect(log.split('\n').length).toBeGreaterThan(answers.length);
    const everything = [log, JSON.stringify(rows), ...answers.map(({ text }) => text)].join('\n');
    const secret = Buffer.from(key.exportSecret());
    for (const written of [
      ...(['hex', 'base64', 'base64url', 'latin1'] as const).map((encoding) => secret.toString(encoding)),
      secret.toString('base64').replace(/=+$/, ''),
      token,
      token.slice(-43),
      PHRASE,
      'Ouagadougou',
      'account-of-zoe',
    ]) {
      expect(everything.includes(written)).toBe(false);
    }
  });
});
