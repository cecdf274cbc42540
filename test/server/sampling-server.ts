/** A server under test with an API key that may sample. */
import type { Scope } from '@countermark/server';
import { startTestServer, type TestServer } from './test-server.ts';

/** A server with API keys. */
export interface SamplingServer extends TestServer {
  /** An API key that may sample. */
  readonly token: string;
  /** Makes another API key; returns what is sent. */
  authorizationOf(...scopes: Scope[]): Promise<string>;
  /** Posts JSON with the API key that may sample, or what is given instead of it. */
  post(path: string, body: unknown, authorization?: string): Promise<Answer>;
}

/** An answer of JSON. */
interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Starts a server, and stops it after the suite's tests. */
export async function startSamplingServer(
  env: Readonly<Record<string, string>> = {},
): Promise<SamplingServer> {
  const server = await startTestServer({ COUNTERMARK_DRAIN_MS: '500', ...env });
  const { token } = await server.store.apiKeys.create('engine', ['sample', 'engine']);
  return {
    ...server,
    token,
    async authorizationOf(...scopes) {
      const { token: other } = await server.store.apiKeys.create('other', scopes);
      return `Bearer ${other}`;
    },
    async post(path, body, authorization = `Bearer ${token}`) {
      const { status, json } = await server.call(path, {
        method: 'POST',
        headers: { authorization },
        body,
      });
      return { status, json: json as Answer['json'] };
    },
  };
}
