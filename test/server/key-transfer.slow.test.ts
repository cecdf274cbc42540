/** Vendor keys that leave a server and come to another, sealed. */
import { SealError, SealedKeysSchema, sealKeys, unsealKeys } from '@countermark/server';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { runServer, startTestServer, type TestServer } from './test-server.ts';

const PASSPHRASE = 'correct horse battery';
const SEAL_KEY = Buffer.alloc(32, 7).toString('base64url');

const from = await startTestServer({ COUNTERMARK_KEY_EXPORT: '1' });
const to = await startTestServer();
const tokens = new Map<TestServer, string>();
for (const server of [from, to]) tokens.set(server, await server.newToken(['admin']));
const post = (server: TestServer, path: string, body: unknown) =>
  server.call(path, { token: tokens.get(server)!, method: 'POST', body });
const make = async (label: string, more: object = {}): Promise<string> => {
  const { json } = await post(from, '/v1/keys', { label, tokenizer: 'demo', ...more });
  return (json as { keyId: string }).keyId;
};
const secretOf = async (server: TestServer, keyId: string) =>
  (await server.store.keys.open(keyId))?.exportSecret();

describe('keys that travel over HTTP', () => {
  it('are the same keys on the other server, with what was known of them, and nothing is there in the open', async () => {
    const old = await make('main', { public: true, tenant: 'acme' });
    const { json: rotated } = await post(from, `/v1/keys/${old}/rotate`, {});
    const { keyId: active } = rotated as { keyId: string };
    for (const secret of [{ passphrase: PASSPHRASE }, { sealKey: SEAL_KEY }]) {
      const exported = await post(from, '/v1/key-exports', { keyIds: [old, active], ...secret });
      expect(exported.status).toBe(200);
      expect(exported.headers.get('cache-control')).toBe('no-store');
      expect(exported.json).toMatchObject({
        type: 'countermark-sealed-keys',
        version: 1,
        keyIds: [old, active],
      });
      for (const keyId of [old, active]) {
        const bytes = Buffer.from((await secretOf(from, keyId))!);
        for (const form of ['hex', 'base64', 'base64url'] as const) {
          expect(exported.text).not.toContain(bytes.toString(form));
        }
      }
      const imported = await post(to, '/v1/key-imports', { file: exported.json, ...secret });
      expect(imported.status).toBe(200);
      const isFirst = 'passphrase' in secret;
      expect(imported.json).toEqual({
        object: 'key-import',
        imported: isFirst ? [old, active] : [],
        existing: isFirst ? [] : [old, active],
      });
    }
    for (const keyId of [old, active]) expect(await secretOf(to, keyId)).toEqual(await secretOf(from, keyId));
    const infoOf = async (server: TestServer, keyId: string) =>
      (await server.call(`/v1/keys/${keyId}`, { token: tokens.get(server)! })).json as Record<
        string,
        unknown
      >;
    const [oldThere, activeThere] = [await infoOf(to, old), await infoOf(to, active)];
    expect(activeThere).toMatchObject({
      label: 'main',
      tenant: 'acme',
      public: true,
      status: 'active',
      retired: null,
    });
    expect(oldThere).toMatchObject({ label: 'main', tenant: 'acme', public: true, status: 'retired' });
    const oldHere = await infoOf(from, old);
    // When it marked, which is what a text's date is compared with.
    expect(oldThere['validFrom']).toBe(oldHere['created']);
    expect(oldThere['validUntil']).toBe(oldHere['marksUntil']);
  });

  it('are told of in the audit logs of both, with who asked', async () => {
    const keyId = await make('audited');
    const { json: file } = await post(from, '/v1/key-exports', { keyIds: [keyId], sealKey: SEAL_KEY });
    await post(to, '/v1/key-imports', { file, sealKey: SEAL_KEY });
    const logOf = async (server: TestServer) =>
      (await server.call(`/v1/audit-log?subject=${keyId}`, { token: tokens.get(server)! })).json as {
        data: object[];
      };
    const idOf = (server: TestServer): string => tokens.get(server)!.slice(4, 16);
    expect((await logOf(from)).data).toMatchObject([
      { action: 'keys.exported', actor: idOf(from), details: { keys: { [keyId]: 1 }, under: 'key' } },
      { action: 'key.created', actor: idOf(from), subject: keyId },
    ]);
    expect((await logOf(to)).data).toMatchObject([
      { action: 'key.imported', actor: idOf(to), subject: keyId },
    ]);
  });

  it('do not leave a server that is not set to let them, nor without the scope "admin"', async () => {
    const { json } = await post(to, '/v1/keys', { label: 'stays', tokenizer: 'demo' });
    const { keyId } = json as { keyId: string };
    expect(await post(to, '/v1/key-exports', { keyIds: [keyId], sealKey: SEAL_KEY })).toMatchObject({
      status: 403,
      json: { detail: expect.stringContaining('COUNTERMARK_KEY_EXPORT') },
    });
    const token = await from.newToken(['sample', 'engine', 'detect', 'scan', 'trace']);
    const body = { keyIds: [await make('kept')], sealKey: SEAL_KEY };
    expect((await from.call('/v1/key-exports', { token, method: 'POST', body })).status).toBe(403);
  });

  it('are not imported with another passphrase, from a changed file, or in place of an active key; all of them or none', async () => {
    const [one, two] = [await make('one'), await make('two')];
    const { json } = await post(from, '/v1/key-exports', { keyIds: [one, two], passphrase: PASSPHRASE });
    const file = SealedKeysSchema.parse(json);
    const open = (changed: object, secret: object = { passphrase: PASSPHRASE }) =>
      post(to, '/v1/key-imports', { file: { ...file, ...changed }, ...secret });
    const last = file.sealed.at(-9) === 'A' ? 'B' : 'A';
    for (const [answer, status] of [
      [await open({}, { passphrase: `${PASSPHRASE} ` }), 422],
      [await open({}, { sealKey: SEAL_KEY }), 422],
      [await open({ sealed: `${file.sealed.slice(0, -9)}${last}${file.sealed.slice(-8)}` }), 422],
      [await open({ keyIds: [one] }), 422],
      [await open({ derivation: { ...file.derivation, N: 2 } }), 400],
      [await open({}, {}), 400],
      [await open({}, { passphrase: PASSPHRASE, sealKey: SEAL_KEY }), 400],
      [await open({}, { passphrase: 'short' }), 400],
    ] as const) {
      expect(answer.status, answer.text).toBe(status);
      expect(answer.text).not.toContain(PASSPHRASE);
    }
    await post(to, '/v1/keys', { label: 'two', tokenizer: 'demo' });
    expect((await open({})).status).toBe(409);
    expect(await to.store.keys.find(one)).toBeUndefined();
    const retired = await post(to, '/v1/key-imports', { file, passphrase: PASSPHRASE, status: 'retired' });
    expect(retired.json).toMatchObject({ imported: [one, two] });
    expect(await to.store.keys.find(two)).toMatchObject({ status: 'retired', label: 'two' });
  });

  it('that are not there are named', async () => {
    const keyId = 'f'.repeat(32);
    const answer = await post(from, '/v1/key-exports', { keyIds: [keyId], sealKey: SEAL_KEY });
    expect(answer).toMatchObject({ status: 404, json: { detail: `there is no key ${keyId}` } });
  });
});

describe('a file of sealed keys', () => {
  const tokenizer = { name: 'demo', vocabSize: 4096, fingerprint: '1'.repeat(64) };
  const key = new WatermarkKey(createParams({ tokenizer }));
  const known = {
    label: 'a',
    tenant: null,
    public: false,
    status: 'active',
    validFrom: null,
    validUntil: null,
  } as const;

  it('opens with what it was sealed under, however a keyboard writes it, and differs each time', async () => {
    const passphrase = 'façade in zürich';
    const file = await sealKeys([{ key, ...known }], { passphrase: passphrase.normalize('NFC') });
    const [opened] = await unsealKeys(file, { passphrase: passphrase.normalize('NFD') });
    expect(opened).toMatchObject(known);
    expect(opened?.key.exportSecret()).toEqual(key.exportSecret());
    const again = await sealKeys([{ key, ...known }], { passphrase });
    expect(again.sealed).not.toBe(file.sealed);
    await expect(unsealKeys(file, { passphrase: 'facade in zürich' })).rejects.toThrow(SealError);
    await expect(unsealKeys(file, { sealKey: new Uint8Array(32) })).rejects.toThrow(
      'the keys are sealed under a passphrase',
    );
  });
});

describe('what keys are used for', () => {
  it('is counted by key and by who used it, and kept until it is written', async () => {
    const server = await runServer({ COUNTERMARK_MODEL: 'none' });
    try {
      const token = await server.newToken(['admin', 'engine', 'detect', 'trace']);
      const actor = token.slice(4, 16);
      const call = (path: string, body: unknown) => server.call(path, { token, method: 'POST', body });
      const { json } = await call('/v1/keys', { label: 'main', tokenizer: 'demo' });
      const { keyId } = json as { keyId: string };
      const sequence = { context: [1, 2, 3, 4], generated: 0, tokenIds: [5, 6], logits: [1, 1] };
      for (let i = 0; i < 3; i++)
        await call('/v1/watermark/sample', { label: 'main', sequences: [sequence] });
      const tokenIds = Array.from({ length: 60 }, (_, i) => i);
      await call('/v1/detections', { tokenIds });
      const ids = ['customer-17', 'customer-18'];
      const traced = await call('/v1/detections', { tokenIds, accounts: { ids } });
      expect(traced.status).toBe(200);
      const read = async (query: string): Promise<{ text: string; data: object[] }> => {
        const answer = await server.call(`/v1/audit-log?${query}`, { token });
        return { text: answer.text, data: (answer.json as { data: object[] }).data };
      };
      // Whoever traces is told of before the answer.
      const traces = await read('action=accounts.traced');
      expect(traces.data).toMatchObject([
        { actor, subject: keyId, request: expect.any(String), details: { accounts: 2 } },
      ]);
      expect(traces.text).not.toContain('customer-17');
      expect((await read('action=keys.used')).data).toEqual([]);
      await server.store.keyUses.write();
      const { data } = await read(`action=keys.used&subject=${keyId}`);
      const uses = data.map((entry) => (entry as { details: { use: string; keys: object } }).details);
      expect(Object.fromEntries(uses.map(({ use, keys }) => [use, keys]))).toEqual({
        sample: { [keyId]: 3 },
        detect: { [keyId]: 1 },
        trace: { [keyId]: 1 },
      });
      await server.store.keyUses.write();
      expect((await read('action=keys.used')).data.length).toBe(3);
    } finally {
      await server.close();
    }
  });
});
