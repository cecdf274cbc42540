/** Metrics on a port of their own, or behind a token; and what answers say of being kept. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError } from '@countermark/server';
import { describe, expect, it } from 'vitest';
import { makeDirectory } from '../cli/fixtures.ts';
import { fetchDocument, fillPath } from './openapi-document.ts';
import { runServer, startTestServer } from './test-server.ts';

const directory = makeDirectory();
const TOKEN = 'prometheus-of-the-house';
const file = join(directory, 'metrics-token');
writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 });

describe('metrics with a port of their own', async () => {
  const server = await startTestServer({ COUNTERMARK_METRICS_PORT: '0' });
  const at = (path: string): string => new URL(path, server.metricsUrl).href;

  it('are there and nowhere else, with the probes and nothing more', async () => {
    expect((await server.call('/metrics')).status).toBe(404);
    expect(server.metricsUrl).not.toBe(server.url);
    const metrics = await fetch(at('/metrics'));
    expect(metrics.status).toBe(200);
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(await metrics.text()).toContain('countermark_http_request_duration_seconds_bucket');
    for (const path of ['/healthz', '/readyz']) expect((await fetch(at(path))).status).toBe(200);
    for (const path of ['/', '/v1/keys', '/v1/detections', '/openapi.json']) {
      expect((await fetch(at(path))).status, path).toBe(404);
    }
    const { operations } = await fetchDocument(server.url);
    expect(operations.map(({ path }) => path)).not.toContain('/metrics');
  });
});

describe('metrics behind a token', async () => {
  const server = await startTestServer({ COUNTERMARK_METRICS_TOKEN_FILE: file });

  it('are answered to who has it, and to no API key', async () => {
    const status = async (headers: Record<string, string>) =>
      (await server.call('/metrics', { headers })).status;
    expect(await status({ authorization: `Bearer ${TOKEN}` })).toBe(200);
    expect(await status({ authorization: `bearer   ${TOKEN}` })).toBe(200);
    for (const authorization of [
      '',
      `Basic ${TOKEN}`,
      TOKEN,
      'Bearer ',
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
    ]) {
      expect(await status({ authorization }), authorization).toBe(401);
    }
    const { headers, json } = await server.call('/metrics');
    expect(headers.get('www-authenticate')).toBe('Bearer realm="countermark"');
    expect(JSON.stringify(json)).not.toContain(TOKEN);
    expect((await server.call('/metrics', { token: await server.newToken(['admin']) })).status).toBe(401);
    expect((await server.call('/readyz')).status).toBe(200);
  });

  it('are refused at the start without one that can be read', async () => {
    const short = join(directory, 'short');
    writeFileSync(short, 'short\n');
    for (const path of [join(directory, 'absent'), short]) {
      await expect(runServer({ COUNTERMARK_METRICS_TOKEN_FILE: path })).rejects.toThrow(SettingsError);
    }
  });
});

describe('an answer', async () => {
  const server = await startTestServer();

  it('says whether it may be kept, on every route and for every refusal', async () => {
    const { operations } = await fetchDocument(server.url);
    const token = await server.newToken(['admin', 'detect', 'scan', 'sample', 'engine', 'trace']);
    for (const operation of operations) {
      const path = fillPath(operation, (_, { example, enum: [first] = [] }) =>
        String(example ?? first ?? 'nothing'),
      );
      const label = `${operation.method} ${operation.path}`;
      const method = operation.method.toUpperCase();
      for (const call of [{ method }, { method, token }, { method: 'PATCH' }, { method: 'OPTIONS' }]) {
        const { headers, status } = await server.call(path, call);
        expect(headers.get('cache-control'), `${label} ${call.method} ${status}`).toMatch(
          /^no-(store|cache)\b/,
        );
        // What an API key was needed for is nobody's to keep.
        if ('token' in call && operation.path.startsWith('/v1/') && !operation.path.endsWith('/events')) {
          expect(headers.get('cache-control'), label).toBe('no-store');
        }
      }
    }
    expect((await server.call('/nowhere')).headers.get('cache-control')).toBe('no-store');
  });
});
