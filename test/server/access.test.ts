import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MasterKeyError, openStore, readSettings, SCOPES, SettingsError } from '@countermark/server';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { makeDirectory } from '../cli/fixtures.ts';
import { startTestServer } from './test-server.ts';

const TOKENIZER = { name: 'demo', vocabSize: 4096, fingerprint: '1'.repeat(64) };

describe('API keys', async () => {
  const server = await startTestServer();

  it('are shown once: the store has no more than their hash', async () => {
    const { id, token } = await server.store.apiKeys.create('gateway', ['sample']);
    expect(token).toMatch(new RegExp(`^cmk_${id}_[A-Za-z0-9_-]{43}$`));
    const rows = await server.store.database.query<{ row: string }>(
      'select a::text as row from countermark.api_keys a',
    );
    const secret = token.slice(-43);
    for (const { row } of rows) {
      expect(row).not.toContain(secret);
      expect(row).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
    }
  });

  it('answer 401 to nobody, to nonsense, to another secret and to a revoked key', async () => {
    const { id, token } = await server.store.apiKeys.create('admin', ['admin']);
    expect((await server.call('/v1/keys', { token })).status).toBe(200);
    const other = `${token.slice(0, -43)}${'A'.repeat(43)}`;
    for (const headers of [
      {},
      { authorization: 'Basic YTpi' },
      { authorization: 'Bearer nonsense' },
      { authorization: `Bearer ${other}` },
    ]) {
      const { status, json, headers: answered } = await server.call('/v1/keys', { headers });
      expect(status).toBe(401);
      expect(json).toMatchObject({ type: '/problems/unauthorized', error: { type: 'authentication_error' } });
      expect(answered.get('content-type')).toContain('application/problem+json');
      expect(answered.get('www-authenticate')).toBe('Bearer realm="countermark"');
    }
    expect(await server.store.apiKeys.revoke(id)).toBe(true);
    expect((await server.call('/v1/keys', { token })).status).toBe(401);
    expect(await server.store.apiKeys.revoke(id)).toBe(false);
  });

  it('answer 403 without the scope, whatever other scopes they have', async () => {
    const scopes = SCOPES.filter((scope) => scope !== 'admin');
    const { token } = await server.store.apiKeys.create('all but admin', scopes);
    const { status, json } = await server.call('/v1/keys', { token });
    expect(status).toBe(403);
    expect(json).toMatchObject({ detail: 'the API key lacks the scope "admin"' });
  });
});

describe('vendor keys', async () => {
  const server = await startTestServer();
  const { token } = await server.store.apiKeys.create('admin', ['admin']);
  const post = (path: string, body?: unknown) => server.call(path, { token, method: 'POST', body });

  it('are made, shown, rotated and retired, and never with a secret', async () => {
    const made = await post('/v1/keys', { label: 'main', tokenizer: 'demo', preset: 'detect' });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ label: 'main', status: 'active', public: false, successorOf: null });
    const { keyId } = made.json as { keyId: string };
    expect(made.headers.get('location')).toBe(`/v1/keys/${keyId}`);
    expect((await server.call(`/v1/keys/${keyId}`, { token })).json).toEqual(made.json);

    const rotated = await post(`/v1/keys/${keyId}/rotate`);
    expect(rotated.status).toBe(201);
    expect(rotated.json).toMatchObject({ label: 'main', status: 'active', successorOf: keyId });
    const old = await server.call(`/v1/keys/${keyId}`, { token });
    expect(old.json).toMatchObject({ status: 'retired', retired: expect.any(String) });

    const { keyId: next } = rotated.json as { keyId: string };
    expect((await post(`/v1/keys/${next}/retire`)).json).toMatchObject({ status: 'retired' });
    expect((await post(`/v1/keys/${next}/retire`)).status).toBe(200);
    expect((await post(`/v1/keys/${next}/rotate`)).status).toBe(409);

    const secret = (await server.store.keys.open(keyId))?.exportSecret();
    const all = JSON.stringify((await server.call('/v1/keys', { token })).json);
    for (const form of ['hex', 'base64', 'base64url'] as const) {
      expect(all).not.toContain(Buffer.from(secret!).toString(form));
    }
  });

  it('answer 409 where the label has an active key', async () => {
    expect((await post('/v1/keys', { label: 'twice', tokenizer: 'demo' })).status).toBe(201);
    const { status, json } = await post('/v1/keys', { label: 'twice', tokenizer: 'demo' });
    expect(status).toBe(409);
    expect(json).toMatchObject({ type: '/problems/conflict' });
  });

  it('answer 404 for an unknown id, 400 for a malformed one and 422 for an unknown tokenizer', async () => {
    const unknown = '0'.repeat(32);
    expect((await server.call(`/v1/keys/${unknown}`, { token })).status).toBe(404);
    expect((await post(`/v1/keys/${unknown}/rotate`)).status).toBe(404);
    expect((await post(`/v1/keys/${unknown}/retire`)).status).toBe(404);
    expect((await server.call('/v1/keys/x', { token })).status).toBe(400);
    const { status, json } = await post('/v1/keys', { label: 'odd', tokenizer: 'none such' });
    expect({ status, json }).toMatchObject({ status: 422, json: { error: { param: 'tokenizer' } } });
  });

  it('answer 400 naming the field, 415 to another kind of body and 413 stating the limit', async () => {
    const { status, json } = await post('/v1/keys', { label: 'Main', more: 1 });
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: { param: 'label' } });
    expect(JSON.stringify(json)).not.toContain('more');
    const headers = { 'content-type': 'text/plain' };
    expect((await server.call('/v1/keys', { token, method: 'POST', headers, raw: '{}' })).status).toBe(415);
    const large = await post('/v1/keys', { label: 'x'.repeat(5 * 2 ** 20) });
    expect(large.status).toBe(413);
    expect(large.json).toMatchObject({ limit: { name: 'COUNTERMARK_MAX_BODY_BYTES', value: 4 * 2 ** 20 } });
  });

  it('open under the master key they were sealed with, and under no other', async () => {
    const data = join(makeDirectory(), 'data');
    const settings = readSettings({ COUNTERMARK_DATA: data });
    const key = new WatermarkKey(createParams({ tokenizer: TOKENIZER }));
    const before = await openStore(settings, server.logger);
    await before.keys.add(key, 'main', false);
    await before.close();
    expect(statSync(join(data, 'master.key')).mode & 0o777).toBe(0o600);
    const again = await openStore(settings, server.logger);
    expect((await again.keys.open(key.keyId))?.exportSecret()).toEqual(key.exportSecret());
    await again.close();
    writeFileSync(join(data, 'master.key'), `${'A'.repeat(43)}\n`);
    await expect(openStore(settings, server.logger)).rejects.toMatchObject({
      name: 'MasterKeyError',
      message: expect.stringMatching(/another than that of the database's keys/),
    });
  });
});

describe('settings', () => {
  it('are refused by name, and what was given is not repeated', () => {
    const read = () => readSettings({ COUNTERMARK_PORT: 'secret', COUNTERMARK_THREADS: '0' });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(/COUNTERMARK_PORT: .*COUNTERMARK_THREADS: /);
    expect(read).not.toThrow(/secret/);
  });

  it('refuse a master key that others may read, that is malformed, or that a shared database has not', async () => {
    const data = makeDirectory();
    mkdirSync(data, { recursive: true });
    const path = join(data, 'master.key');
    const open = (env: Record<string, string>) =>
      openStore(readSettings({ COUNTERMARK_DATA: data, ...env }), undefined as never);
    writeFileSync(path, `${'A'.repeat(43)}\n`, { mode: 0o644 });
    await expect(open({})).rejects.toThrow('others than its owner may read it');
    rmSync(path);
    writeFileSync(path, 'short\n', { mode: 0o600 });
    await expect(open({})).rejects.toThrow(MasterKeyError);
    await expect(open({ COUNTERMARK_MASTER_KEY: 'short' })).rejects.toThrow(
      'COUNTERMARK_MASTER_KEY: expected',
    );
    rmSync(path);
    await expect(open({ DATABASE_URL: 'postgres://nobody:pass@127.0.0.1:1/none' })).rejects.toThrow(
      'there is no master key',
    );
    expect(existsSync(path)).toBe(false);
    expect(existsSync(join(data, 'lock')) && readFileSync(join(data, 'lock'), 'utf8')).toBe(false);
  });
});
