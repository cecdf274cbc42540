/** A server that samples, on a free port, with a data directory of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type RunningServer, readSettings, type Scope, startServer } from '@countermark/server';

/** Limit of a hook that starts a server: the embedded database takes seconds, and longer on a busy machine. */
export const START_MS = 60_000;

/** A server with API keys. */
export interface SamplingServer extends RunningServer {
  /** An API key that may sample. */
  readonly token: string;
  /** Makes another API key; returns what is sent. */
  authorizationOf(...scopes: Scope[]): Promise<string>;
  /** Posts JSON with the API key that may sample. */
  post(path: string, body: unknown, authorization?: string): Promise<Answer>;
}

/** An answer of JSON. */
interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Starts a server with the embedded database; closing it removes its data. */
export async function startSamplingServer(
  env: Readonly<Record<string, string>> = {},
): Promise<SamplingServer> {
  const directory = await mkdtemp(join(tmpdir(), 'countermark-sampling-'));
  const settings = readSettings({
    COUNTERMARK_DATA: directory,
    COUNTERMARK_PORT: '0',
    COUNTERMARK_LOG_LEVEL: 'silent',
    COUNTERMARK_DRAIN_MS: '500',
    ...env,
  });
  const server = await startServer(settings, createLogger(settings));
  const { token } = await server.store.apiKeys.create('engine', ['sample']);
  return {
    ...server,
    token,
    async authorizationOf(...scopes) {
      const { token: other } = await server.store.apiKeys.create('other', scopes);
      return `Bearer ${other}`;
    },
    async post(path, body, authorization = `Bearer ${token}`) {
      const response = await fetch(new URL(path, server.url), {
        method: 'POST',
        headers: { Authorization: authorization, 'Content-Type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: response.status, json: (await response.json()) as Answer['json'] };
    },
    async close() {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
