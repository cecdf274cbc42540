/** Audits of models over HTTP, of an endpoint that does what a test says. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type EndpointAuditResult, parseAuditPlan } from '@countermark/audit';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  chatAnswer,
  type Reply,
  type ScriptedEndpoint,
  startEndpoint,
} from '../support/scripted-endpoint.ts';
import { Audit, demoModelKey, innocent, newAudit, showAudit } from './audit-server.ts';
import { Client } from './scan-server.ts';
import { runServer, type TestServer } from './test-server.ts';

const SECRET = 'sk-very-secret-0123456789';
const PATIENCE = { timeout: 240_000, interval: 50 };
const key = await demoModelKey('audits over HTTP');

let script: (asked: Parameters<typeof innocent>[0]) => Reply | Promise<Reply> = innocent;
let endpoint: ScriptedEndpoint;
let server: TestServer;
let client: Client;
let data: string;
let log = '';

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'countermark-audits-'));
  endpoint = await startEndpoint((asked) => script(asked));
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString();
      done();
    },
  });
  const env = {
    COUNTERMARK_DATA: data,
    COUNTERMARK_THREADS: '1',
    COUNTERMARK_AUDIT_ENDPOINTS: endpoint.url,
    COUNTERMARK_MAX_AUDITS: '2',
    COUNTERMARK_MAX_AUDIT_REQUESTS: '500',
    COUNTERMARK_SCAN_ROOTS: data,
  };
  server = await runServer(env, pino({ level: 'trace' }, sink));
  await server.store.keys.add(key, 'vendor', false);
  client = new Client(server.url, await server.newToken(['audit'], 'us'));
}, 120_000);

afterEach(() => {
  script = innocent;
});

afterAll(async () => {
  await server?.close();
  await endpoint?.close();
  rmSync(data, { recursive: true, force: true, maxRetries: 5 });
});

const asked = (prompts: number, more: Parameters<typeof newAudit>[3] = {}): Record<string, unknown> =>
  newAudit(endpoint.url, key.keyId, prompts, more);

async function submit(body: unknown, of: Client = client): Promise<Audit> {
  const response = await of.post('/v1/audits', body);
  expect(response.status, await response.clone().text()).toBe(202);
  return Audit.parse(await response.json());
}

async function ended(id: string): Promise<Audit> {
  await expect
    .poll(async () => (await showAudit(client, id)).status, PATIENCE)
    .toMatch(/done|failed|cancelled/);
  return showAudit(client, id);
}

async function events(id: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const text = await (await client.fetch(`/v1/audits/${id}/events`)).text();
  return [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, type = '', json = '']) => ({
    type,
    data: JSON.parse(json),
  }));
}

const report = (id: string, accept: string): Promise<Response> =>
  client.fetch(`/v1/audits/${id}/report`, { headers: { accept } });
const remove = (id: string): Promise<Response> => client.fetch(`/v1/audits/${id}`, { method: 'DELETE' });

describe('POST /v1/audits', () => {
  it('asks each prompt once, tells how it goes, and gives result, page and journal', async () => {
    const before = endpoint.asked.length;
    const { id, status, plan } = await submit(asked(12, { endpoint: { apiKey: SECRET } }));
    expect({ status, plan }).toEqual({ status: 'queued', plan: null });
    const told = await events(id);
    const statuses = told.flatMap(({ type, data: said }) => (type === 'status' ? [said['status']] : []));
    expect(statuses).toEqual(['queued', 'planning', 'running', 'done']);
    expect(told.at(-2)).toMatchObject({ type: 'progress', data: { answers: 12, settled: 12 } });
    const audit = await ended(id);
    expect(audit).toMatchObject({
      status: 'done',
      verdict: 'none-found',
      progress: { settled: 12, spent: { requests: 12, input: 120, output: 240, cost: null } },
    });
    const mine = endpoint.asked.slice(before);
    expect(mine).toHaveLength(12);
    expect(new Set(mine.map(({ prompt }) => prompt)).size).toBe(12);
    expect(mine.every(({ authorization }) => authorization === `Bearer ${SECRET}`)).toBe(true);
    const result = (await (await report(id, 'application/json')).json()) as EndpointAuditResult;
    expect(result).toMatchObject({
      object: 'model-audit',
      verdict: 'none-found',
      basis: 'law',
      terms: audit.plan?.digest,
      endpoint: { ended: 'complete', answers: 12, address: endpoint.url, spent: { requests: 12 } },
    });
    expect(parseAuditPlan(JSON.stringify(audit.plan))).toMatchObject({ keyId: key.keyId, alpha: 1e-3 });
    const page = await report(id, 'text/html');
    expect(page.headers.get('content-security-policy')).toMatch(/^sandbox allow-scripts; default-src 'none'/);
    expect(await page.text()).toContain('Model audit');
    const journal = await (await report(id, 'application/x-ndjson')).text();
    expect(journal.match(/"kind":"answer"/g)).toHaveLength(12);
    expect((await report(id, 'image/png')).status).toBe(406);
    const over = await client.fetch(`/v1/audits/${id}/events`, { headers: { 'last-event-id': '999999' } });
    expect(over.status).toBe(204);
  });

  it('keeps the secret of an endpoint nowhere, but sealed until the audit has ended', async () => {
    const query = 'sig=query-secret-987654';
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    script = async (one) => {
      await gate;
      return innocent(one);
    };
    const url = `${endpoint.url}?${query}`;
    const { id } = await submit({ ...asked(3), endpoint: { url, model: 'suspect', apiKey: SECRET } });
    await expect.poll(() => endpoint.asked.at(-1)?.path, PATIENCE).toBe(`/v1/chat/completions?${query}`);
    const sealed = async (): Promise<unknown> =>
      server.store.database.query(
        'select sealed is not null as "is" from countermark.model_audits where id = $1',
        [id],
      );
    expect(await sealed()).toEqual([{ is: true }]);
    await expectNoSecrets();
    release();
    expect(await ended(id)).toMatchObject({ status: 'done' });
    expect(await sealed()).toEqual([{ is: false }]);
    await expectNoSecrets();
    const shown = [
      JSON.stringify(await showAudit(client, id)),
      JSON.stringify(await events(id)),
      await (await report(id, 'text/html')).text(),
      await (await report(id, 'application/json')).text(),
      await (await report(id, 'application/x-ndjson')).text(),
    ].join('\n');
    for (const secret of [SECRET, query, 'query-secret']) expect(shown.includes(secret)).toBe(false);
    expect(log).toContain('/v1/audits');

    async function expectNoSecrets(): Promise<void> {
      const tables = await server.store.database.query<{ name: string }>(
        "select table_schema || '.' || table_name as name from information_schema.tables where table_schema like 'countermark%'",
      );
      expect(tables.length).toBeGreaterThan(10);
      const forms = [SECRET, 'query-secret-987654'].flatMap((secret) => [
        secret,
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
        Buffer.from(secret).toString('hex'),
      ]);
      const places = new Map<string, string>([['log', log]]);
      for (const { name } of tables)
        places.set(name, JSON.stringify(await server.store.database.query(`select t::text from ${name} t`)));
      for (const entry of readdirSync(data, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (entry.isFile()) places.set(path, readFileSync(path, 'latin1'));
      }
      for (const [place, text] of places)
        for (const form of forms) expect(text.includes(form), `${form} in ${place}`).toBe(false);
    }
  });

  it('is not there for another tenant', async () => {
    const { id } = await submit(asked(2));
    await ended(id);
    const theirs = new Client(server.url, await server.newToken(['audit'], 'them'));
    for (const path of ['', '/events', '/report'])
      expect((await theirs.fetch(`/v1/audits/${id}${path}`)).status, path).toBe(404);
    expect((await theirs.fetch(`/v1/audits/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect(await (await theirs.fetch('/v1/audits')).json()).toEqual({ object: 'list', data: [], next: null });
    const scanner = new Client(server.url, await server.newToken(['scan', 'admin'], 'us'));
    expect((await scanner.fetch(`/v1/audits/${id}`)).status).toBe(403);
    expect((await client.fetch(`/v1/audits/${id}`)).status).toBe(200);
    const listed = (await (await client.fetch('/v1/audits?limit=1')).json()) as {
      data: Audit[];
      next: string;
    };
    expect(listed.data.map((audit) => audit.id)).toEqual([id]);
    const second = await client.fetch(`/v1/audits?limit=200&after=${listed.next}`);
    expect(((await second.json()) as { data: Audit[] }).data.map((audit) => audit.id)).not.toContain(id);
  });

  it('is refused where it is for another tenant’s key', async () => {
    const other = await demoModelKey('another tenant’s');
    await server.store.keys.add(other, 'theirs', false, { tenant: 'them' });
    const response = await client.post('/v1/audits', newAudit(endpoint.url, other.keyId, 2));
    expect(response.status).toBe(422);
  });

  it.each([
    ['another host', 'http://127.0.0.2:PORT/v1'],
    ['another port', 'http://127.0.0.1:9/v1'],
    ['a name of the same host', 'http://localhost:PORT/v1'],
    ['another scheme', 'https://127.0.0.1:PORT/v1'],
    ['metadata of a cloud', 'http://169.254.169.254/latest/meta-data'],
    ['a path beside it', 'http://127.0.0.1:PORT/v11'],
    ['a path above it', 'http://127.0.0.1:PORT/v1/..'],
    ['an escaped path above it', 'http://127.0.0.1:PORT/v1/%2e%2e%2fadmin'],
    ['a host that only begins so', 'http://127.0.0.1:PORT.evil.example/v1'],
  ])('never asks %s, which the operator has not named', async (_, address) => {
    const before = endpoint.asked.length;
    const url = address.replace('PORT', new URL(endpoint.url).port);
    const response = await client.post('/v1/audits', { ...asked(1), endpoint: { url, model: 'suspect' } });
    expect([400, 403]).toContain(response.status);
    expect(await response.json()).toMatchObject({ error: { param: 'endpoint.url' } });
    expect(endpoint.asked).toHaveLength(before);
  });

  it('follows no redirect', async () => {
    const elsewhere = await startEndpoint(innocent);
    try {
      script = () => ({ status: 307, headers: { location: `${elsewhere.url}/chat/completions` }, body: {} });
      const { id } = await submit(asked(2, { endpoint: { apiKey: SECRET } }));
      expect(await ended(id)).toMatchObject({
        status: 'failed',
        problem: expect.stringContaining('redirects are not followed'),
      });
      expect(elsewhere.asked).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it.each<[what: string, status: number, param: string, more: Record<string, unknown>]>([
    ['no prompt', 400, 'prompts', { prompts: [] }],
    ['a prompt that is none', 400, 'prompts.0', { prompts: [7] }],
    [
      'a chat for completions',
      400,
      'prompts.0',
      { api: 'completions', prompts: [{ messages: [{ role: 'user', content: 'a' }] }] },
    ],
    ['a text to read among questions', 400, 'prompts.0', { prompts: [{ answer: 'a' }] }],
    [
      'reading without log-probabilities',
      400,
      'endpoint.logprobs',
      { access: 'reading', prompts: [{ answer: 'a' }] },
    ],
    ['an address with a password', 400, 'endpoint.url', { url: 'http://a:b@127.0.0.1/v1' }],
    ['a file as its address', 400, 'endpoint.url', { url: 'file:///etc/passwd' }],
    ['a secret with a line break', 400, 'endpoint.apiKey', { apiKey: `${SECRET}\nX-Other: a` }],
    ['a level of 1', 400, 'alpha', { alpha: 1 }],
    ['money without a price', 400, 'budget.cost', { budget: { cost: 1 } }],
    ['more requests than there may be', 422, 'budget.requests', { budget: { requests: 501 } }],
    ['a key that is not there', 422, 'keyId', { keyId: '0'.repeat(32) }],
    ['served contexts that are elsewhere', 403, 'served', { served: '/etc/passwd' }],
    ['served contexts at an address', 403, 'served', { served: 'https://corpora.example/set' }],
    ['served contexts that may stop early', 400, 'mayStop', { served: '/x', mayStop: true }],
    ['a plan that is no digest', 400, 'plan', { plan: 'x' }],
  ])(
    'refuses %s, names it, and repeats no secret',
    async (_, status, param, { url, api, apiKey, ...more }) => {
      const given = { url, api, apiKey: apiKey ?? SECRET };
      const own = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const before = endpoint.asked.length;
      const response = await client.post('/v1/audits', asked(1, { endpoint: own, ...more }));
      const text = await response.text();
      expect(response.status, text).toBe(status);
      expect((JSON.parse(text) as { error: { param: string } }).error.param).toBe(param);
      expect(text.includes(SECRET)).toBe(false);
      expect(endpoint.asked).toHaveLength(before);
    },
  );

  it('fails where its terms are not those of the plan, before anybody is asked, and goes through with the right one', async () => {
    const before = endpoint.asked.length;
    const wrong = await submit(asked(2, { plan: '0'.repeat(64) }));
    const failed = await ended(wrong.id);
    expect(failed).toMatchObject({
      status: 'failed',
      problem: expect.stringContaining('not that of the plan'),
    });
    expect(endpoint.asked).toHaveLength(before);
    const [plan] = /[0-9a-f]{64}/.exec(failed.problem ?? '') ?? [];
    const right = await submit(asked(2, { plan }));
    expect(await ended(right.id)).toMatchObject({ status: 'done', plan: { digest: plan } });
  });

  it.each<[what: string, reply: Reply]>([
    ['429', { status: 429, headers: { 'retry-after': '0' }, body: {} }],
    ['500', { status: 500, body: {} }],
    ['a page of a gateway', { body: '<html>502</html>' }],
    ['a connection that is cut', { body: chatAnswer('x'.repeat(500)), isCut: true }],
  ])('goes on after %s', async (_, reply) => {
    const first = endpoint.asked.length;
    script = (one) => (one.number === first + 1 ? reply : innocent(one));
    const { id } = await submit(asked(4));
    expect(await ended(id)).toMatchObject({
      status: 'done',
      progress: { settled: 4, spent: { requests: 5 } },
    });
  });

  it('fails where the endpoint takes the key for wrong, and keeps the journal until it is removed', async () => {
    script = () => ({ status: 401, body: { error: { code: 'invalid_api_key', message: SECRET } } });
    const { id } = await submit(asked(3, { endpoint: { apiKey: SECRET } }));
    const audit = await ended(id);
    expect(audit).toMatchObject({ status: 'failed', verdict: null, problem: expect.stringContaining('401') });
    expect(audit.problem?.includes(SECRET)).toBe(false);
    expect((await report(id, 'application/json')).status).toBe(409);
    expect(await (await report(id, 'application/x-ndjson')).text()).toContain('"kind":"failed"');
    expect((await remove(id)).status).toBe(204);
    expect((await client.fetch(`/v1/audits/${id}`)).status).toBe(404);
    expect(existsSync(join(data, 'audits', id))).toBe(false);
  });

  it('makes one audit of a request that is sent twice', async () => {
    const headers = { 'idempotency-key': 'audit-1' };
    const [first, again] = await Promise.all(
      [1, 2].map(async () => Audit.parse(await (await client.post('/v1/audits', asked(2), headers)).json())),
    );
    expect(again?.id).toBe(first?.id);
    expect((await client.post('/v1/audits', asked(3), headers)).status).toBe(422);
    await ended(first?.id ?? '');
  });

  it('is in the audit log, with nothing that was asked and no secret', async () => {
    const admin = new Client(server.url, await server.newToken(['admin'], 'us'));
    const { id } = await submit(asked(1, { endpoint: { apiKey: SECRET } }));
    await ended(id);
    const text = await (await admin.fetch(`/v1/audit-log?subject=${id}`)).text();
    expect(JSON.parse(text)).toMatchObject({
      data: [
        { action: 'model-audit.created', details: { keys: [key.keyId], address: endpoint.url, requests: 2 } },
      ],
    });
    expect(text).not.toMatch(/Prompt number|sk-very/);
  });
});

describe('DELETE /v1/audits/{id}', () => {
  it('stops an audit that runs: nothing more is asked, and nothing is left of it', async () => {
    const first = endpoint.asked.length;
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    script = async (one) => {
      if (one.number >= first + 2) await gate;
      return innocent(one);
    };
    try {
      const { id } = await submit(asked(50, { endpoint: { concurrency: 2 } }));
      await expect.poll(() => endpoint.asked.length, PATIENCE).toBeGreaterThan(first + 2);
      const response = await remove(id);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ id, status: 'cancelled' });
      expect((await events(id)).at(-1)?.data).toEqual({ status: 'cancelled' });
      const jobs = (): Promise<readonly unknown[]> =>
        server.store.database.query(
          "select 1 from countermark_jobs.job where data ->> 'audit' = $1 and state < 'completed'",
          [id],
        );
      await expect.poll(jobs, PATIENCE).toEqual([]);
      await expect.poll(() => existsSync(join(data, 'audits', id)), PATIENCE).toBe(false);
      expect(endpoint.asked.length).toBeLessThanOrEqual(first + 5);
      expect((await report(id, 'application/json')).status).toBe(409);
      expect((await remove(id)).status).toBe(204);
    } finally {
      release();
    }
  });
});

describe('a tenant', () => {
  it('has no more audits at once than there may be', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    script = async (one) => {
      await gate;
      return innocent(one);
    };
    const open = await Promise.all([1, 2].map(() => submit(asked(1))));
    const refused = await client.post('/v1/audits', asked(1));
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ limit: { name: 'COUNTERMARK_MAX_AUDITS', value: 2 } });
    release();
    for (const { id } of open) expect(await ended(id)).toMatchObject({ status: 'done' });
  });
});
