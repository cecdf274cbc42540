/** A server on a free port, with a data directory and a store of its own. */
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLogger,
  prepareFirstStart,
  type RunningServer,
  readSettings,
  type Scope,
  startServer,
} from '@countermark/server';
import { afterAll } from 'vitest';
import { putEmptyDatabase } from './empty-database.ts';

type Environment = Readonly<Record<string, string>>;

/** How a request is made. */
export interface Call {
  readonly token?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string;
  readonly signal?: AbortSignal;
}

/** What a call was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the text is not JSON. */
  readonly json: unknown;
}

/** A server under test. */
export interface TestServer extends RunningServer {
  readonly logger: ReturnType<typeof createLogger>;
  /** Its data directory, which is removed when it is closed unless somebody else made it. */
  readonly data: string;
  call(path: string, call?: Call): Promise<Answer>;
  /** Makes an API key; of a tenant of its own unless one is given. */
  newToken(scopes: readonly Scope[], tenant?: string): Promise<string>;
}

/** A server as its first start leaves it: with a public key for the bundled model. */
export interface PreparedServer extends TestServer {
  /** An API key of all scopes. */
  readonly adminToken: string;
}

/** Starts a server, which whoever starts it closes; silent unless it is given a logger. */
export async function runServer(env: Environment = {}, logTo?: TestServer['logger']): Promise<TestServer> {
  const given = env['COUNTERMARK_DATA'];
  const data = given ?? (await mkdtemp(join(tmpdir(), 'countermark-server-')));
  const settings = readSettings({
    COUNTERMARK_DATA: data,
    COUNTERMARK_PORT: '0',
    COUNTERMARK_LOG_LEVEL: 'silent',
    COUNTERMARK_DRAIN_MS: '500',
    ...env,
  });
  const logger = logTo ?? createLogger(settings);
  if (settings.DATABASE_URL === undefined) await putEmptyDatabase(data);
  const server = await startServer(settings, logger);
  return {
    ...server,
    logger,
    data,
    call: (path, call) => callServer(new URL(path, server.url), call),
    async newToken(scopes, tenant) {
      return (await server.store.apiKeys.create('test', scopes, tenant)).token;
    },
    async close() {
      await server.close();
      if (given === undefined) rmSync(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Starts a server, and stops it after the suite's tests. */
export async function startTestServer(env: Environment = {}): Promise<TestServer> {
  const server = await runServer(env);
  afterAll(() => server.close());
  return server;
}

/** Starts a server as people do for the first time, and stops it after the suite's tests. */
export async function startPreparedServer(env: Environment = {}): Promise<PreparedServer> {
  const server = await startTestServer(env);
  const settings = readSettings({ ...env, COUNTERMARK_DATA: server.data });
  const first = await prepareFirstStart(server.store, settings);
  if (first === undefined) throw new Error('it is not the first start');
  return { ...server, adminToken: readFileSync(first.apiKeyFile, 'utf8').trim() };
}

async function callServer(url: URL, call: Call = {}): Promise<Answer> {
  const { token, method = 'GET', headers: given = {}, body, raw, signal } = call;
  const sent = body === undefined ? raw : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...given,
    },
    ...(sent === undefined ? {} : { body: sent }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  const { status, headers } = response;
  const isJson = /\bjson\b/.test(headers.get('content-type') ?? '');
  return { status, headers, text, json: isJson ? JSON.parse(text) : undefined };
}
