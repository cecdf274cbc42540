/** Vendor keys that belong to tenants: nobody else marks with them, tests for them or learns that they are there. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startTestServer } from './test-server.ts';

const server = await startTestServer({ COUNTERMARK_MODEL: 'demo' });
const call = (token: string, path: string, body?: unknown) =>
  server.call(path, {
    token,
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined ? {} : { body }),
  });

const SCOPES = ['sample', 'engine', 'detect', 'scan'] as const;
const keys: Record<string, string> = {};
const tokens: Record<string, string> = {};

beforeAll(async () => {
  tokens['admin'] = await server.newToken(['admin']);
  for (const tenant of ['acme', 'other']) tokens[tenant] = await server.newToken(SCOPES, tenant);
  for (const [name, body] of Object.entries({
    shared: { label: 'main' },
    acme: { label: 'main', tenant: 'acme' },
    published: { label: 'published', tenant: 'acme', public: true },
  })) {
    const { status, json } = await call(tokens['admin']!, '/v1/keys', { ...body, tokenizer: 'demo' });
    expect(status).toBe(201);
    expect(json).toMatchObject({ tenant: name === 'shared' ? null : 'acme' });
    keys[name] = (json as { keyId: string }).keyId;
  }
});

const step = {
  sequences: [{ context: [1, 2, 3, 4], generated: 0, tokenIds: [5, 6], logits: [1, 1] }],
};
const sample = (tenant: string, named: object) =>
  call(tokens[tenant]!, '/v1/watermark/sample', { ...named, ...step });

describe("a tenant's key", () => {
  it('marks for the tenant, by its id and before the one of every tenant by its label; for no other', async () => {
    expect(await sample('acme', { label: 'main' })).toMatchObject({
      status: 200,
      json: { keyId: keys['acme'] },
    });
    expect(await sample('other', { label: 'main' })).toMatchObject({
      status: 200,
      json: { keyId: keys['shared'] },
    });
    // As it would be asked again, from memory.
    expect(await sample('acme', { label: 'main' })).toMatchObject({ json: { keyId: keys['acme'] } });
    expect(await sample('acme', { keyId: keys['acme'] })).toMatchObject({ status: 200 });
    expect(await sample('acme', { keyId: keys['shared'] })).toMatchObject({ status: 200 });
    const refused = await sample('other', { keyId: keys['acme'] });
    const unknown = await sample('other', { keyId: '0'.repeat(32) });
    expect([refused.status, unknown.status]).toEqual([404, 404]);
    expect(await sample('other', { label: 'published' })).toMatchObject({ status: 404 });
  });

  it('is listed for the tenant alone', async () => {
    const idsFor = async (tenant: string): Promise<string[]> => {
      const { json } = await call(tokens[tenant]!, '/v1/watermark/keys');
      return (json as { data: { keyId: string }[] }).data.map(({ keyId }) => keyId);
    };
    expect((await idsFor('acme')).toSorted()).toEqual(Object.values(keys).toSorted());
    expect(await idsFor('other')).toEqual([keys['shared']]);
  });

  it('marks completions of the tenant; those of others have the key of every tenant', async () => {
    const body = { model: 'demo', prompt: 'The', max_tokens: 4 };
    for (const tenant of ['acme', 'other']) {
      expect((await call(tokens[tenant]!, '/v1/completions', body)).status).toBe(200);
    }
    await server.store.keyUses.write();
    const { json } = await call(tokens['admin']!, '/v1/audit-log?action=keys.used');
    const uses = (json as { data: { details: { use: string; keys: Record<string, number> } }[] }).data;
    const marked = uses
      .filter(({ details }) => details.use === 'completion')
      .map(({ details }) => Object.keys(details.keys));
    // The tenant's newest key, as none has the model's name.
    expect(marked.toSorted()).toEqual([[keys['published']], [keys['shared']]].toSorted());
  });

  it('is tested for by the tenant, and by others only where it is public', async () => {
    const detect = (tenant: string, keyIds?: readonly string[]) =>
      call(tokens[tenant]!, '/v1/detections', {
        tokenIds: Array.from({ length: 80 }, (_, i) => i),
        ...(keyIds && { keyIds }),
      });
    const tested = async (tenant: string): Promise<string[]> => {
      const { json } = await detect(tenant);
      return (json as { keys: { keyId: string }[] }).keys.map(({ keyId }) => keyId);
    };
    expect((await tested('acme')).toSorted()).toEqual(Object.values(keys).toSorted());
    expect((await tested('other')).toSorted()).toEqual([keys['shared']!, keys['published']!].toSorted());
    expect((await detect('other', [keys['acme']!])).status).toBe(404);
    expect((await detect('other', [keys['published']!])).status).toBe(200);
    expect((await detect('acme', [keys['acme']!])).status).toBe(200);
  });

  it('names a tokenizer to the tenant alone', async () => {
    const tokenize = (tenant: string) =>
      call(tokens[tenant]!, '/v1/tokenize', { text: 'a b', keyId: keys['acme'] });
    expect((await tokenize('acme')).status).toBe(200);
    expect((await tokenize('other')).status).toBe(404);
  });

  it('is looked for in scans of the tenant alone', async () => {
    const submit = async (tenant: string, query = '') =>
      server.call(`/v1/scans${query}`, {
        token: tokens[tenant]!,
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        raw: '{"text":"a"}\n',
      });
    const own = await submit('acme');
    expect(own.status).toBe(202);
    expect((own.json as { keyIds: string[] }).keyIds.toSorted()).toEqual(Object.values(keys).toSorted());
    const others = await submit('other');
    expect((others.json as { keyIds: string[] }).keyIds.toSorted()).toEqual(
      [keys['shared']!, keys['published']!].toSorted(),
    );
    expect((await submit('other', `?keyIds=${keys['acme']}`)).status).toBe(422);
  });

  it('may have the label of another tenant, and not of another of its own that is active', async () => {
    const again = await call(tokens['admin']!, '/v1/keys', {
      label: 'main',
      tenant: 'acme',
      tokenizer: 'demo',
    });
    expect(again.status).toBe(409);
    const theirs = await call(tokens['admin']!, '/v1/keys', {
      label: 'main',
      tenant: 'third',
      tokenizer: 'demo',
    });
    expect(theirs.status).toBe(201);
  });

  it('stays the tenant’s when it is rotated', async () => {
    const { json } = await call(tokens['admin']!, `/v1/keys/${keys['acme']}/rotate`, {});
    expect(json).toMatchObject({ tenant: 'acme', label: 'main' });
    await expect
      .poll(async () => (await sample('acme', { label: 'main' })).json)
      .toMatchObject({ keyId: (json as { keyId: string }).keyId });
    expect(await sample('other', { label: 'main' })).toMatchObject({ json: { keyId: keys['shared'] } });
  });
});
