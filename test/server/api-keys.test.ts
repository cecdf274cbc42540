/** API keys over HTTP, while the server has the embedded store open. */
import { SCOPES } from '@countermark/server';
import { describe, expect, it } from 'vitest';
import { startTestServer } from './test-server.ts';

const server = await startTestServer();
const admin = await server.store.apiKeys.create('the operator', ['admin']);
const post = (path: string, body?: unknown, token: string = admin.token) =>
  server.call(path, { token, method: 'POST', body });
const get = (path: string, token: string = admin.token) => server.call(path, { token });

interface Made {
  readonly id: string;
  readonly token: string;
}
const make = async (body: object): Promise<Made> => {
  const { status, json } = await post('/v1/api-keys', body);
  expect(status).toBe(201);
  return json as Made;
};

describe('an API key', () => {
  it('is made, works at once, is listed without its token, and is revoked at once', async () => {
    const made = await post('/v1/api-keys', { label: 'gateway', scopes: ['detect', 'scan', 'detect'] });
    expect(made.status).toBe(201);
    const { id, token } = made.json as Made;
    expect(made.headers.get('location')).toBe(`/v1/api-keys/${id}`);
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect(made.json).toMatchObject({
      object: 'api-key',
      label: 'gateway',
      tenant: id,
      scopes: ['detect', 'scan'],
      expires: null,
      revoked: null,
      token: expect.stringMatching(new RegExp(`^cmk_${id}_[A-Za-z0-9_-]{43}$`)),
    });
    expect((await get('/v1/scans', token)).status).toBe(200);
    expect((await get('/v1/api-keys', token)).status).toBe(403);

    const list = await get('/v1/api-keys');
    expect(list.text).not.toContain(token.slice(-43));
    expect((list.json as { data: Made[] }).data.map((key) => key.id)).toEqual([admin.id, id]);
    const { token: _, ...known } = made.json as Made;
    expect((await get(`/v1/api-keys/${id}`)).json).toEqual(known);

    const revoked = await post(`/v1/api-keys/${id}/revoke`);
    expect(revoked).toMatchObject({ status: 200, json: { id, revoked: expect.any(String) } });
    expect((await get('/v1/scans', token)).status).toBe(401);
    // Again is no fault, and the time stays.
    expect((await post(`/v1/api-keys/${id}/revoke`)).json).toEqual(revoked.json);
  });

  it('expires when it is said to, also where it has just been used, and can be given more time', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const { id, token } = await make({ label: 'for an hour', scopes: ['scan'], expires: soon });
    expect((await get('/v1/scans', token)).status).toBe(200);
    const past = new Date(Date.now() - 1000).toISOString();
    expect((await post(`/v1/api-keys/${id}`, { expires: past })).json).toMatchObject({ expires: past });
    expect((await get('/v1/scans', token)).status).toBe(401);
    const changed = await post(`/v1/api-keys/${id}`, { expires: null, label: 'for ever' });
    expect(changed.json).toMatchObject({ expires: null, label: 'for ever' });
    expect((await get('/v1/scans', token)).status).toBe(200);
    // What is not given stays.
    await post(`/v1/api-keys/${id}`, { expires: soon });
    expect((await post(`/v1/api-keys/${id}`, { label: 'again' })).json).toMatchObject({ expires: soon });
  });

  it('ends by the clock, with nobody doing anything', async () => {
    const { token, id } = await make({ label: 'short', scopes: ['scan'] });
    await server.store.apiKeys.change(id, { expires: new Date(Date.now() + 400) });
    await expect.poll(async () => (await get('/v1/scans', token)).status).toBe(401);
  });

  it('of one tenant sees what others of the tenant see', async () => {
    const { json } = await post('/v1/api-keys', { label: 'a', scopes: ['sample'], tenant: 'Müller & Söhne' });
    expect(json).toMatchObject({ tenant: 'Müller & Söhne' });
  });

  it('is refused with what is wrong with it', async () => {
    const past = new Date(Date.now() - 1000).toISOString();
    const faults = [
      [{ scopes: ['scan'] }, 400, 'label'],
      [{ label: '', scopes: ['scan'] }, 400, 'label'],
      [{ label: 'a', scopes: [] }, 400, 'scopes'],
      [{ label: 'a', scopes: ['root'] }, 400, 'scopes.0'],
      [{ label: 'a', scopes: ['scan'], tenant: '' }, 400, 'tenant'],
      [{ label: 'a\0', scopes: ['scan'] }, 400, 'label'],
      [{ label: 'a', scopes: ['scan'], expires: 'tomorrow' }, 400, 'expires'],
      [{ label: 'a', scopes: ['scan'], expires: past }, 422, 'expires'],
      [{ label: 'a', scopes: ['scan'], token: 'x' }, 400, 'token'],
    ] as const;
    for (const [body, status, param] of faults) {
      expect(await post('/v1/api-keys', body), JSON.stringify(body)).toMatchObject({
        status,
        json: { error: { param } },
      });
    }
    const unknown = '0'.repeat(12);
    expect((await get(`/v1/api-keys/${unknown}`)).status).toBe(404);
    expect((await post(`/v1/api-keys/${unknown}`, {})).status).toBe(404);
    expect((await post(`/v1/api-keys/${unknown}/revoke`)).status).toBe(404);
    expect((await get('/v1/api-keys/x')).status).toBe(400);
  });

  it('is made, shown and revoked by nobody without the scope "admin"', async () => {
    const { token } = await server.store.apiKeys.create(
      'all but admin',
      SCOPES.filter((scope) => scope !== 'admin'),
    );
    for (const answer of [
      await post('/v1/api-keys', { label: 'a', scopes: ['admin'] }, token),
      await post(`/v1/api-keys/${admin.id}/revoke`, undefined, token),
      await get('/v1/audit-log', token),
      await get('/v1/backup', token),
    ]) {
      expect(answer.status).toBe(403);
    }
    expect((await get('/v1/api-keys')).status).toBe(200);
  });
});

describe('the audit log', () => {
  it('says who made, changed and revoked which API key, and no token', async () => {
    const { id, token } = await make({ label: 'watched', scopes: ['scan'], tenant: 'acme' });
    await post(`/v1/api-keys/${id}`, { label: 'renamed' });
    await post(`/v1/api-keys/${id}/revoke`);
    await post(`/v1/api-keys/${id}/revoke`);
    const { json, text } = await get(`/v1/audit-log?subject=${id}`);
    expect((json as { data: unknown[] }).data).toMatchObject([
      { action: 'api-key.revoked', actor: admin.id, subject: id },
      { action: 'api-key.changed', actor: admin.id, details: { label: 'renamed', expires: null } },
      {
        action: 'api-key.created',
        actor: admin.id,
        request: expect.any(String),
        details: { label: 'watched', tenant: 'acme', scopes: ['scan'] },
      },
    ]);
    expect(text).not.toContain(token.slice(-43));
    expect((json as { next: unknown }).next).toBeNull();
  });

  it('is read by pages, newest first, and narrowed', async () => {
    const seen: number[] = [];
    for (let next: number | null = Number.MAX_SAFE_INTEGER; next !== null; ) {
      const { json } = await get(`/v1/audit-log?limit=3&before=${next}`);
      const page = json as { data: { number: number }[]; next: number | null };
      seen.push(...page.data.map(({ number }) => number));
      next = page.next;
    }
    expect(seen.length).toBeGreaterThan(8);
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
    expect(new Set(seen).size).toBe(seen.length);
    const byCommand = (await get('/v1/audit-log?actor=command&action=api-key.created')).json as {
      data: { actor: string; action: string }[];
    };
    expect(byCommand.data.length).toBe(2);
    for (const entry of byCommand.data) {
      expect(entry).toMatchObject({ actor: 'command', action: 'api-key.created' });
    }
    expect((await get('/v1/audit-log?action=nonsense')).status).toBe(400);
  });

  it('is only added to: the database itself changes and removes nothing', async () => {
    const { database } = server.store;
    const before = await database.query('select * from countermark.audit order by number');
    for (const statement of [
      "update countermark.audit set actor = 'nobody'",
      'delete from countermark.audit',
      'truncate countermark.audit',
    ]) {
      await expect(database.query(statement)).rejects.toThrow('the audit log is only added to');
    }
    expect(await database.query('select * from countermark.audit order by number')).toEqual(before);
  });
});
