import { createConfig, lintFromString } from '@redocly/openapi-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fetchDocument } from './openapi-document.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

let server: PreparedServer;

beforeAll(async () => {
  server = await startPreparedServer();
}, 60_000);

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
});
