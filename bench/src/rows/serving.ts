import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, startServer } from '@countermark/server';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import autocannon from 'autocannon';
import express from 'express';
import { pino } from 'pino';
import { median, SMOKE } from '../measure.ts';
import { mixedText } from '../mixed-text.ts';
import { atLeast, atMost, type Row } from '../row.ts';

const TOKENS = 500;
const CONNECTIONS = 32;
const ROUNDS = SMOKE ? 1 : 5;
const ROUND_S = SMOKE ? 1 : 4;

/** What one round of requests came to. */
interface Load {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** Detections over HTTP beside a route that parses the same JSON and does nothing, the client in a thread of its own. */
export async function servingRows(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'countermark-serving-'));
  const settings = readSettings({ COUNTERMARK_DATA: directory, COUNTERMARK_PORT: '0' });
  const server = await startServer(settings, pino({ level: 'silent' }));
  const bare = await startBare();
  try {
    const { text, key } = await documentAndKey();
    await server.store.keys.add(key, 'bench', false);
    const { token } = await server.store.apiKeys.create('bench', ['detect']);
    const body = JSON.stringify({ text, keyIds: [key.keyId] });
    const real = { url: `${server.url}/v1/detections`, body, token };
    await load(real);
    const rounds: { readonly ours: Load; readonly theirs: Load }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({ theirs: await load({ url: bare.url, body, token }), ours: await load(real) });
    }
    const perSecond = median(rounds.map(({ ours }) => ours.perSecond));
    const share = median(rounds.map(({ ours, theirs }) => ours.perSecond / theirs.perSecond));
    const p99 = median(rounds.map(({ ours }) => ours.p99Ms));
    const bareP99 = median(rounds.map(({ theirs }) => theirs.p99Ms));
    return [
      atLeast(
        `detections over HTTP, ${perSecond.toFixed(0)} requests/s`,
        share,
        'of a bare route',
        0.75,
        'a route of Express that parses the same JSON',
        share,
      ),
      atMost(
        `p99 of detections over HTTP, ${CONNECTIONS} at a time`,
        p99,
        'ms',
        50,
        'the same route',
        bareP99 / p99,
      ),
    ];
  } finally {
    await bare.close();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function documentAndKey(): Promise<{ readonly text: string; readonly key: WatermarkKey }> {
  const tokenizer = await openTokenizer('o200k_base');
  const { vocabSize, fingerprint } = tokenizer;
  const text = tokenizer.decode(tokenizer.encode(mixedText()).subarray(0, TOKENS));
  tokenizer.close();
  const params = createParams({ tokenizer: { name: 'o200k_base', vocabSize, fingerprint } });
  return { text, key: new WatermarkKey(params, new Uint8Array(32).fill(7)) };
}

async function startBare(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const app = express();
  app.post('/', express.json(), (_request, response) => {
    response.json({ object: 'nothing' });
  });
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function load(target: {
  readonly url: string;
  readonly body: string;
  readonly token: string;
}): Promise<Load> {
  const result = await autocannon({
    url: target.url,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${target.token}` },
    body: target.body,
    connections: CONNECTIONS,
    duration: ROUND_S,
    workers: 1,
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} requests failed`);
  return { perSecond: result.requests.average, p99Ms: result.latency.p99 };
}
