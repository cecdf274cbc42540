import { createConfig, lintFromString } from '@redocly/openapi-core';
import createClient from 'openapi-fetch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchDocument } from './openapi-document.ts';
import { startTestServer, type TestServer } from './start.ts';

/** What a generated client knows of the operations that are called here. */
interface Paths {
  '/v1/keys': {
    post: {
      requestBody: { content: { 'application/json': { label: string; tokenizer?: string } } };
      responses: {
        201: { content: { 'application/json': { keyId: string; label: string; status: string } } };
        default: { content: { 'application/problem+json': { error: { code: string } } } };
      };
    };
  };
  '/v1/keys/{keyId}': {
    get: {
      parameters: { path: { keyId: string } };
      responses: {
        200: { content: { 'application/json': { keyId: string; label: string; status: string } } };
        default: { content: { 'application/problem+json': { error: { code: string } } } };
      };
    };
  };
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);

afterAll(async () => {
  await server?.close();
});

describe('GET /openapi.json', () => {
  it('breaks no rule of a strict linter', async () => {
    const source = await (await fetch(`${server.url}/openapi.json`)).text();
    const config = await createConfig({ extends: ['recommended-strict'] });
    const problems = await lintFromString({ source, config });
    const found = problems.map(
      ({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`,
    );
    expect(found).toEqual([]);
  });

  it('names every path that the server answers, and no other', async () => {
    const { operations } = await fetchDocument(server.url);
    const name = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`;
    expect(operations.map(name).sort()).toEqual(server.routes.map(name).sort());
  });

  it('gives the allowed methods of a path to whoever sends another', async () => {
    const { operations } = await fetchDocument(server.url);
    for (const { path } of operations) {
      const methods = operations
        .filter((other) => other.path === path)
        .map(({ method }) => method.toUpperCase());
      const response = await fetch(server.url + path, { method: 'PATCH' });
      expect(response.status).toBe(405);
      const allowed = response.headers.get('allow')?.split(', ') ?? [];
      expect(allowed.filter((method) => method !== 'HEAD').sort()).toEqual(methods.sort());
    }
  });

  it('is enough for a client that knows nothing else', async () => {
    const client = createClient<Paths>({
      baseUrl: server.url,
      headers: { authorization: `Bearer ${server.adminToken}` },
    });
    const made = await client.POST('/v1/keys', { body: { label: 'client', tokenizer: 'demo' } });
    expect(made.data).toMatchObject({ label: 'client', status: 'active' });
    const { keyId = '' } = made.data ?? {};
    const shown = await client.GET('/v1/keys/{keyId}', { params: { path: { keyId } } });
    expect(shown.data).toEqual(made.data);
    const again = await client.POST('/v1/keys', { body: { label: 'client', tokenizer: 'demo' } });
    expect(again.response.status).toBe(409);
    expect(again.error?.error.code).toBe('conflict');
  });
});
