import { beforeAll, describe, expect, it } from 'vitest';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

let server: PreparedServer;

beforeAll(async () => {
  server = await startPreparedServer();
}, 60_000);

describe('GET /docs', () => {
  it('describes every operation and schema of the document, with a command for each', async () => {
    const html = await (await fetch(`${server.url}/docs`)).text();
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { operationId: string }>>;
      components: { schemas: Record<string, unknown> };
    };
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    for (const { operationId } of operations) expect(html).toContain(`<h3 id="${operationId}">`);
    for (const name of Object.keys(document.components.schemas)) {
      expect(html).toContain(`id="schema-${name}"`);
    }
    expect(html.match(/<code>curl /g)).toHaveLength(operations.length);
  });

  it('has no link into the page that leads nowhere, and no id twice', async () => {
    const html = await (await fetch(`${server.url}/docs`)).text();
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('gives commands whose bodies the server takes', async () => {
    const html = await (await fetch(`${server.url}/docs`)).text();
    const [, body = ''] = /-d &#39;(\{[^<]*\})&#39; &quot;\$COUNTERMARK_URL\/v1\/keys&quot;/.exec(html) ?? [];
    const response = await fetch(`${server.url}/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.adminToken}`, 'content-type': 'application/json' },
      body: body.replaceAll('&quot;', '"'),
    });
    expect(response.status).toBe(201);
  });
});
