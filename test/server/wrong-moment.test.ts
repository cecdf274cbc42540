/** The second thing at the wrong moment: clients that leave early, downloads that are broken off, statements that are lost. */
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { WatermarkKey } from '@countermark/watermark';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailNth, sabotage } from '../support/faulty-database.ts';
import { keyFrom } from '../support/random-key.ts';
import { headOf, takeSteps } from '../support/socket-steps.ts';
import { fetchDocument, fillPath, type Operation } from './openapi-document.ts';
import { Client, corpusLines, vendorKey } from './scan-server.ts';
import { runServer, type TestServer } from './test-server.ts';

const SCOPES = ['sample', 'engine', 'detect', 'trace', 'scan', 'audit', 'accounts', 'admin'] as const;
const PASSPHRASE = 'correct horse battery staple';
const NOBODY = '01234567-89ab-4cde-8f01-23456789abcd';
const MIB = 2 ** 20;

interface LogLine {
  readonly msg: string;
  readonly route?: string;
  readonly status?: number;
  readonly err?: { readonly name: string };
}

const log: LogLine[] = [];
const key = vendorKey();
const travelling = keyFrom('travelling', 1000);
let server: TestServer;
let operations: readonly Operation[];
let client: Client;
let scan: string;
/** Public id of an API key that is there. */
let apiKey: string;
/** The key that travels, sealed. */
let sealed: unknown;

beforeAll(async () => {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split('\n')) log.push(JSON.parse(line) as LogLine);
      done();
    },
  });
  const env = {
    COUNTERMARK_THREADS: '1',
    COUNTERMARK_KEY_EXPORT: '1',
    COUNTERMARK_AUDIT_ENDPOINTS: 'http://127.0.0.1:9/v1',
  };
  server = await runServer(env, pino({ level: 'info' }, sink));
  ({ operations } = await fetchDocument(server.url));
  await server.store.keys.add(key, 'vendor', true);
  client = new Client(server.url, await server.newToken(SCOPES, 'tenant'));
  const submitted = await client.upload(corpusLines(key, 5, 'moment'), 'idsField=ids');
  ({ id: scan } = (await submitted.json()) as { id: string });
  expect(await client.ended(scan)).toMatchObject({ status: 'done' });
  ({ id: apiKey } = await server.store.apiKeys.create('there', ['detect']));
  await server.store.keys.add(travelling, 'travelling', false);
  const body = { keyIds: [travelling.keyId], passphrase: PASSPHRASE };
  ({ json: sealed } = await server.call('/v1/key-exports', { method: 'POST', token: client.token, body }));
});

afterAll(() => server.close());

/** Statements of requests; the job queue has its own, at any time. */
function isOfRequest(text: string): boolean {
  return !text.includes('countermark_jobs') || text.includes('insert');
}

const bodyFor: Readonly<Record<string, unknown>> = {
  '/v1/keys': { label: 'left', tokenizer: 'demo' },
  '/v1/detections': { tokenIds: [1, 2, 3], keyIds: [key.keyId] },
  '/v1/tokenize': { text: 'a', keyId: key.keyId },
  '/v1/completions': { model: 'demo', prompt: 'a' },
  '/v1/chat/completions': { model: 'demo', messages: [{ role: 'user', content: 'a' }] },
  '/v1/watermark/sample': {
    keyId: key.keyId,
    sequences: [{ context: [1, 2, 3, 4], generated: 0, tokenIds: [5, 6], logits: [0, 0] }],
  },
  '/v1/scans': { inputs: ['/nowhere'] },
  '/v1/audits': { keyId: key.keyId, endpoint: { url: 'http://127.0.0.1:9/v1', model: 'm' }, prompts: ['a'] },
  '/v1/accounts': { ids: ['anna', 'boris'] },
  '/v1/accounts/remove': { ids: ['boris'] },
  '/v1/api-keys': { label: 'left', scopes: ['detect'] },
  '/v1/api-keys/{id}': { label: 'renamed' },
  '/v1/key-exports': { keyIds: [key.keyId], passphrase: PASSPHRASE },
};

const pathOf = (operation: Operation): string =>
  fillPath(operation, (name) =>
    name === 'keyId'
      ? key.keyId
      : operation.path.includes('scans')
        ? scan
        : operation.path.includes('api-keys')
          ? apiKey
          : NOBODY,
  );

describe('a client that is gone before the handler begins', () => {
  it('has nothing asked of the database, and nothing computed', async () => {
    const guarded = operations.filter(({ security }) => security.length > 0);
    expect(guarded.map(({ path }) => path)).toEqual(expect.arrayContaining(Object.keys(bodyFor)));
    expect(guarded.length).toBeGreaterThan(30);
    for (const operation of guarded) {
      const token = await server.newToken(SCOPES, 'tenant');
      const imported = operation.path === '/v1/key-imports' ? { file: sealed, passphrase: PASSPHRASE } : {};
      const body = JSON.stringify(bodyFor[operation.path] ?? imported);
      const statements: string[] = [];
      let open = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      let arrive = (): void => undefined;
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      const repair = sabotage(server.store.database, {
        async before(text) {
          if (!text.includes('countermark_jobs')) statements.push(text);
          if (!text.includes('from countermark.api_keys')) return;
          arrive();
          await gate;
        },
      });
      const before = log.length;
      const hasLeft = (): boolean =>
        log.slice(before).some(({ msg, status }) => msg === 'request' && status === 499);
      try {
        const isPost = operation.method === 'post';
        const headers = {
          Authorization: `Bearer ${token}`,
          ...(isPost ? { 'Content-Type': 'application/json', 'Content-Length': String(body.length) } : {}),
        };
        await takeSteps(server.url, [
          { send: headOf(operation.method.toUpperCase(), pathOf(operation), headers) + (isPost ? body : '') },
          { wait: () => arrived },
          { breakOff: true },
          { wait: () => expect.poll(hasLeft, { timeout: 240_000 }).toBe(true) },
        ]);
        const seen = statements.length;
        open();
        // What comes after is answered after what came before has gone as far as it goes.
        for (let i = 0; i < 3; i++) await server.call('/healthz');
        expect(statements.slice(seen), `${operation.method} ${operation.path}`).toEqual([]);
      } finally {
        open();
        repair();
      }
    }
    expect(log.filter(({ msg }) => msg === 'a request failed')).toEqual([]);
  });
});

describe('a download that is broken off', () => {
  const openCount = (name: string): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).endsWith(name);
      } catch {
        return false;
      }
    }).length;

  it('leaves no file open, whether it had begun or not', async () => {
    // More than a socket takes in advance.
    const path = join('scans', scan, 'summary.json');
    writeFileSync(join(server.data, path), Buffer.alloc(64 * MIB, 0x20));
    const head = headOf('GET', `/v1/scans/${scan}/report`, {
      Authorization: `Bearer ${client.token}`,
      Accept: 'application/json',
    });
    let wasOpen = 0;
    for (let i = 0; i < 5; i++) {
      await takeSteps(server.url, [
        { send: head },
        { until: /^HTTP\/1\.1 200 / },
        { wait: async () => (wasOpen += openCount(path)) },
        { breakOff: true },
      ]);
      await takeSteps(server.url, [{ send: head }, { breakOff: true }]);
    }
    // Or else nothing was looked for.
    expect(wasOpen).toBeGreaterThan(0);
    await expect.poll(() => openCount(path), { timeout: 240_000 }).toBe(0);
    expect((await client.fetch(`/v1/scans/${scan}/report`, { method: 'HEAD' })).status).toBe(200);
    await expect.poll(() => openCount('report.html'), { timeout: 240_000 }).toBe(0);
  });

  it('ends the watching of events, and a HEAD of them begins none', async () => {
    const head = await client.fetch(`/v1/scans/${scan}/events`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });
});

describe('a statement that is lost', () => {
  it.each([
    ['vendor key', '/v1/keys', 'watermark_keys', { label: 'all-or-nothing', tokenizer: 'demo' }],
    ['API key', '/v1/api-keys', 'api_keys', { label: 'all or nothing', scopes: ['detect'] }],
  ])('leaves no %s that nobody was told of', async (_, path, table, body) => {
    const token = await server.newToken(SCOPES, 'tenant');
    const count = async (): Promise<unknown> =>
      (await server.store.database.query(`select count(*)::int as count from countermark.${table}`))[0];
    let failures = 0;
    for (let nth = 1; ; nth++) {
      const before = await count();
      const repair = sabotage(server.store.database, new FailNth(nth, isOfRequest));
      const { status } = await server.call(path, { method: 'POST', token, body }).finally(repair);
      if (status === 201) break;
      failures++;
      expect(status, `statement ${nth}`).toBe(500);
      expect(await count(), `statement ${nth}`).toEqual(before);
    }
    // The key itself and the entry of the log, at least.
    expect(failures).toBeGreaterThanOrEqual(2);
  });

  const calls: [method: string, path: () => string, body?: unknown][] = [
    ['POST', () => '/v1/keys', bodyFor['/v1/keys']],
    ['POST', () => `/v1/keys/${key.keyId}/rotate`],
    ['POST', () => '/v1/detections', bodyFor['/v1/detections']],
    ['GET', () => '/v1/audits'],
    ['GET', () => '/v1/scans'],
    ['GET', () => `/v1/scans/${scan}`],
    ['GET', () => '/.well-known/countermark.json'],
    ['GET', () => '/'],
    ['POST', () => '/v1/accounts', bodyFor['/v1/accounts']],
    ['GET', () => '/v1/accounts'],
    ['POST', () => '/v1/accounts/remove', bodyFor['/v1/accounts/remove']],
    ['GET', () => '/v1/api-keys'],
    ['GET', () => `/v1/api-keys/${apiKey}`],
    ['POST', () => `/v1/api-keys/${apiKey}`, bodyFor['/v1/api-keys/{id}']],
    ['POST', () => `/v1/api-keys/${apiKey}/revoke`],
    ['GET', () => '/v1/audit-log'],
    ['POST', () => '/v1/key-exports', bodyFor['/v1/key-exports']],
    ['GET', () => '/v1/watermark/keys'],
    ['DELETE', () => `/v1/scans/${scan}`],
  ];

  it.each(calls)(
    'is a failure of one request, and of nothing after it: %s, call %#',
    async (method, path, body) => {
      const token = await server.newToken(SCOPES, 'tenant');
      for (let nth = 1; ; nth++) {
        const faults = new FailNth(nth, isOfRequest);
        const repair = sabotage(server.store.database, faults);
        const { status } = await server
          .call(path(), { method, token, ...(body === undefined ? {} : { body }) })
          .finally(repair);
        if (!faults.hasFailed) {
          expect(status).toBeLessThan(300);
          break;
        }
        expect([200, 201, 204, 500], `statement ${nth}`).toContain(status);
        if (status < 300 && method !== 'GET') break;
        expect((await server.call('/readyz')).status).toBe(200);
      }
    },
  );

  it('of an import leaves no key, and of what is there already changes none', async () => {
    const token = await server.newToken(SCOPES, 'tenant');
    const body = { file: sealed, passphrase: PASSPHRASE };
    for (const isThere of [true, false]) {
      for (let nth = 1; ; nth++) {
        if (!isThere)
          await server.store.database.query('delete from countermark.watermark_keys where key_id = $1', [
            travelling.keyId,
          ]);
        const count = async (): Promise<unknown> =>
          server.store.database.query('select key_id, label from countermark.watermark_keys order by 1');
        const before = await count();
        const faults = new FailNth(nth, isOfRequest);
        const repair = sabotage(server.store.database, faults);
        const { status } = await server
          .call('/v1/key-imports', { method: 'POST', token, body })
          .finally(repair);
        if (!faults.hasFailed) {
          expect(status).toBe(200);
          break;
        }
        expect(status, `statement ${nth}`).toBe(500);
        expect(await count()).toEqual(before);
      }
    }
  });

  it('of a backup hands out none that is not whole, and leaves no file of one', async () => {
    const token = await server.newToken(SCOPES, 'tenant');
    const files = (): readonly string[] =>
      readdirSync(server.data).filter((name) => name.startsWith('backup'));
    let statements = 0;
    // It asks for some five of each table: not each of them fails by itself.
    for (let nth = 1; ; nth += nth) {
      const faults = new FailNth(nth, isOfRequest);
      const repair = sabotage(server.store.database, faults);
      const { status } = await server.call('/v1/backup', { token }).finally(repair);
      expect(files()).toEqual([]);
      if (!faults.hasFailed) {
        expect(status).toBe(200);
        break;
      }
      statements++;
      expect(status, `statement ${nth}`).toBe(500);
    }
    expect(statements).toBeGreaterThan(3);
  });

  it('of an audit that is asked for leaves none, and no file of one', async () => {
    const path = join(server.data, 'audits');
    const audits = (): readonly string[] => (existsSync(path) ? readdirSync(path) : []);
    for (let nth = 1; ; nth++) {
      const before = audits();
      const faults = new FailNth(nth, isOfRequest);
      const repair = sabotage(server.store.database, faults);
      const response = await client.post('/v1/audits', bodyFor['/v1/audits']).finally(repair);
      if (response.status === 202) {
        const { id } = (await response.json()) as { id: string };
        await client.fetch(`/v1/audits/${id}`, { method: 'DELETE' });
        if (!faults.hasFailed) break;
      } else {
        expect(response.status, `statement ${nth}`).toBe(500);
        expect(audits(), `statement ${nth}`).toEqual(before);
      }
    }
  });

  it('of an upload leaves no scan, and no file of one', async () => {
    for (let nth = 1; ; nth++) {
      const before = readdirSync(join(server.data, 'scans')).length;
      const faults = new FailNth(nth, isOfRequest);
      const repair = sabotage(server.store.database, faults);
      const response = await client.upload(corpusLines(key, 1, 'lost'), 'idsField=ids').finally(repair);
      if (!faults.hasFailed) {
        expect(response.status).toBe(202);
        break;
      }
      if (response.status === 202) continue;
      expect(response.status).toBe(500);
      expect(readdirSync(join(server.data, 'scans'))).toHaveLength(before);
    }
  });
});

describe('a key that is deleted while detections wait', () => {
  /** The keys whose secrets a statement asks for. */
  function openedKeys(text: string, [keyIds]: readonly unknown[]): readonly string[] {
    return text.includes('params, sealed, (select proof') ? (keyIds as readonly string[]) : [];
  }

  async function removeKey({ keyId }: WatermarkKey): Promise<void> {
    await server.store.database.query('delete from countermark.watermark_keys where key_id = $1', [keyId]);
  }

  it('is not there for those that ask for it, and the others of their batch are answered', async () => {
    const [first, other, gone] = [keyFrom('first', 1000), keyFrom('other', 1000), keyFrom('gone', 1000)];
    for (const [i, one] of [first, other, gone].entries()) {
      await server.store.keys.add(one, `deleted-${i}`, false);
    }
    const token = await server.newToken(SCOPES);
    const tokenIds = Array.from({ length: 300 }, (_, i) => i % 1000);
    const detect = (keyId: string): Promise<{ readonly status: number }> =>
      server.call('/v1/detections', { method: 'POST', token, body: { tokenIds, keyIds: [keyId] } });
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    let opens = (): void => undefined;
    const isOpening = new Promise<void>((resolve) => {
      opens = resolve;
    });
    const repair = sabotage(server.store.database, {
      async before(text, values) {
        const opened = openedKeys(text, values);
        // The only thread waits for a key while the others come, so that they go to it together.
        if (opened.includes(first.keyId)) {
          opens();
          await gate;
        }
        if (opened.includes(gone.keyId)) await removeKey(gone);
      },
    });
    try {
      const busy = detect(first.keyId);
      await isOpening;
      const waiting = [detect(gone.keyId), detect(other.keyId), detect(gone.keyId)];
      const waitingTasks = async (): Promise<string> => (await server.call('/metrics')).text;
      await expect.poll(waitingTasks, { timeout: 240_000 }).toMatch(/^countermark_waiting_tasks 3$/m);
      go();
      expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([404, 200, 404]);
      expect((await busy).status).toBe(200);
    } finally {
      go();
      repair();
    }
  });

  it('fails the scan that is for it, which says so, and no other scan', async () => {
    const [other, gone] = [keyFrom('scan other', 1000), keyFrom('scan gone', 1000)];
    for (const [i, one] of [other, gone].entries()) await server.store.keys.add(one, `scanned-${i}`, false);
    const repair = sabotage(server.store.database, {
      async before(text, values) {
        if (openedKeys(text, values).includes(gone.keyId)) await removeKey(gone);
      },
    });
    try {
      const scans = [gone, other].map(async ({ keyId }) => {
        const response = await client.upload(corpusLines(key, 5, 'deleted'), `idsField=ids&keyIds=${keyId}`);
        return client.ended(((await response.json()) as { id: string }).id);
      });
      const [failed, done] = await Promise.all(scans);
      expect(failed).toMatchObject({
        status: 'failed',
        problem: `key ${gone.keyId} is not there any more`,
      });
      expect(done).toMatchObject({ status: 'done' });
    } finally {
      repair();
    }
  });
});
