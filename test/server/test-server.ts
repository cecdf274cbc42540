/** A server on a free port with a store of its own, whose log is kept for the test. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type RunningServer, readSettings, startServer } from '@countermark/server';
import { afterAll } from 'vitest';

/** How a request is made. */
interface Call {
  readonly token?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string;
}

/** A server under test. */
export interface TestServer extends RunningServer {
  readonly logger: ReturnType<typeof createLogger>;
  /** Its data directory. */
  readonly data: string;
  /** Calls it; `json` is undefined where the answer is none. */
  call(path: string, call?: Call): Promise<{ status: number; json: unknown; response: Response }>;
}

/** Starts a server, and stops it after the suite's tests. */
export async function startTestServer(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const data = await mkdtemp(join(tmpdir(), 'countermark-server-'));
  const settings = readSettings({
    COUNTERMARK_DATA: data,
    COUNTERMARK_PORT: '0',
    COUNTERMARK_LOG_LEVEL: 'silent',
    ...env,
  });
  const logger = createLogger(settings);
  const server = await startServer(settings, logger);
  afterAll(async () => {
    await server.close();
    rmSync(data, { recursive: true, force: true });
  });
  return {
    ...server,
    logger,
    data,
    async call(path, { token, method = 'GET', headers = {}, body, raw } = {}) {
      const response = await fetch(new URL(path, server.url), {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? (raw === undefined ? {} : { body: raw }) : { body: JSON.stringify(body) }),
      });
      const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
      return { status: response.status, json: isJson ? await response.json() : undefined, response };
    },
  };
}
