/** Accounts are registered once, sealed, and counted for ever; texts are traced to them, and tested by them, without a list. */
import { AccountTracer, Detector } from '@countermark/detector';
import type { WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { keyFor, markedText, type Served, serve } from './detection-server.ts';

const LINES = { 'content-type': 'application/x-ndjson' };
const WRITERS = Array.from({ length: 30 }, (_, i) => `writer-${i}`);

let served: Served;
let token: string;

beforeAll(async () => {
  served = await serve();
  token = await served.token('accounts');
}, 60_000);

afterAll(() => served.close());

const post = (path: string, body: unknown) => served.call('POST', path, { body, token });
const upload = async (path: string, lines: string) => {
  const answer = await served.server.call(path, { method: 'POST', headers: LINES, raw: lines, token });
  return { ...answer, json: answer.json as Record<string, unknown> };
};

async function everyId(limit: number): Promise<string[]> {
  const ids: string[] = [];
  let after = '';
  for (;;) {
    const { json } = await served.call('GET', `/v1/accounts?limit=${limit}${after}`, { token });
    const data = json['data'] as { readonly id: string }[];
    expect(data.length).toBeLessThanOrEqual(limit);
    ids.push(...data.map(({ id }) => id));
    if (json['next'] === null) return ids;
    after = `&after=${json['next']}`;
  }
}

describe('accounts', () => {
  it('are registered from a list and from JSON Lines, once each, and listed page by page in that order', async () => {
    expect((await post('/v1/accounts', { ids: ['ada', 'grace', 'ada'] })).json).toEqual({
      object: 'accounts-added',
      added: 2,
      registered: 2,
      issued: 2,
    });
    const more = Array.from({ length: 1201 }, (_, i) => `customer-${i}`);
    // Strings and objects, an empty line, a line end of another system, and no end after the last.
    const lines = more.map((id, i) => (i % 2 === 0 ? JSON.stringify(id) : JSON.stringify({ id })));
    const odd = ['"grace"', '', '"\\ufeffé \\u0000"\r', ...lines].join('\n');
    expect((await upload('/v1/accounts', odd)).json).toMatchObject({
      added: 1202,
      registered: 1204,
      issued: 1204,
    });
    expect((await upload('/v1/accounts', odd)).json).toMatchObject({
      added: 0,
      registered: 1204,
      issued: 1204,
    });
    const expected = ['ada', 'grace', '\ufeffé \0', ...more];
    expect(await everyId(500)).toEqual(expected);
    expect(await everyId(1000)).toEqual(expected);
  });

  it('are removed, stay counted as issued, and are new when they come again', async () => {
    const before = (await served.call('GET', '/v1/accounts?limit=1', { token })).json;
    expect((await post('/v1/accounts/remove', { ids: ['ada', 'nobody'] })).json).toEqual({
      object: 'accounts-removed',
      removed: 1,
      registered: Number(before['registered']) - 1,
      issued: before['issued'],
    });
    expect(await everyId(1000)).not.toContain('ada');
    expect((await upload('/v1/accounts/remove', '"ada"\n{"id":"grace"}\n')).json).toMatchObject({
      removed: 1,
    });
    expect((await post('/v1/accounts', { ids: ['ada'] })).json).toMatchObject({
      added: 1,
      issued: Number(before['issued']) + 1,
    });
    expect((await everyId(1000)).at(-1)).toBe('ada');
  });

  it.each([
    ['no JSON', 'secret-account'],
    ['a number', '17'],
    ['null', 'null'],
    ['an empty id', '""'],
    ['half a character', '"\\ud800"'],
    ['more than 256 bytes', JSON.stringify('é'.repeat(129))],
    ['an object with more', '{"id":"secret-account","name":"x"}'],
    ['an object without an id', '{"account":"secret-account"}'],
    ['a line of 5,000 bytes', `"${'secret-account'.repeat(400)}"`],
    ['bytes that are no text', Buffer.from([0x22, 0xff, 0x22]).toString('latin1')],
  ])('are refused by the number of the line where it is %s, and those before stay', async (what, line) => {
    const id = `before ${what}`;
    const raw = Buffer.concat([
      Buffer.from(`${JSON.stringify(id)}\n`.repeat(600)),
      Buffer.from(line, 'latin1'),
    ]);
    const response = await fetch(`${served.server.url}/v1/accounts`, {
      method: 'POST',
      headers: { ...LINES, authorization: `Bearer ${token}` },
      body: raw,
    });
    const text = await response.text();
    expect(response.status).toBe(400);
    expect(text).toContain('line 601');
    expect(text).not.toContain('secret-account');
    expect(await everyId(1000)).toContain(id);
  });

  it('are refused in other forms', async () => {
    for (const body of [{}, { ids: [] }, { ids: [''] }, { ids: ['a', 5] }, { ids: ['a'], more: 1 }]) {
      expect((await post('/v1/accounts', body)).status).toBe(400);
    }
    const call = (headers: Record<string, string>) =>
      served.server.call('/v1/accounts', { method: 'POST', token, raw: '"a"', headers });
    expect((await call({ 'content-type': 'text/plain' })).status).toBe(415);
    expect((await call({ ...LINES, 'content-encoding': 'gzip' })).status).toBe(415);
    for (const query of [
      'after=x',
      'after=-1',
      'after=9999999999999999',
      'limit=0',
      'limit=1001',
      'id=ada',
    ]) {
      expect((await served.call('GET', `/v1/accounts?${query}`, { token })).status, query).toBe(400);
    }
    expect((await served.call('GET', '/v1/accounts?after=999999999999999', { token })).json).toMatchObject({
      data: [],
      next: null,
    });
  });

  it('registered at once by many count each account once', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `at once ${i}`);
    const before = (await served.call('GET', '/v1/accounts', { token })).json['issued'] as number;
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/v1/accounts', { ids })));
    expect(answers.reduce((sum, { json }) => sum + Number(json['added']), 0)).toBe(40);
    expect((await served.call('GET', '/v1/accounts', { token })).json['issued']).toBe(before + 40);
  });

  it('are sealed in the database, and in no log', async () => {
    await post('/v1/accounts', { ids: ['in-nobody-elses-hands'] });
    await post('/v1/accounts/remove', { ids: ['in-nobody-elses-hands-either'] });
    const rows = await served.server.store.database.query<{ row: string }>(
      "select encode(tag, 'escape') || encode(sealed, 'escape') as row from countermark.accounts",
    );
    expect(rows.length).toBeGreaterThan(1000);
    expect(rows.map(({ row }) => row).join()).not.toContain('in-nobody');
    expect(rows.map(({ row }) => row).join()).not.toContain('customer-');
    expect(served.log()).not.toMatch(/in-nobody|customer-/);
  });
});

describe('a detection', () => {
  let own: Served;
  let key: WatermarkKey;
  let plain: WatermarkKey;
  let text: string;
  let tracing: string;
  let detecting: string;
  let registering: string;

  beforeAll(async () => {
    own = await serve();
    key = await keyFor('demo', 'registered accounts');
    plain = await keyFor('demo', 'without slots', { commonShare: 0.9, accountShare: 0 });
    // Both consume the key's secret; the library's own is used after.
    await own.server.store.keys.add(await keyFor('demo', 'registered accounts'), 'demo', true);
    await own.server.store.keys.add(
      await keyFor('demo', 'without slots', { commonShare: 0.9, accountShare: 0 }),
      'plain',
      false,
    );
    text = await markedText(key, 'writer-7', 300);
    tracing = await own.token('detect', 'trace');
    detecting = await own.token('detect');
    registering = await own.token('accounts');
  }, 60_000);

  afterAll(() => own.close());

  const detect = (body: object, as = tracing) => own.detect({ text, keyIds: [key.keyId], ...body }, as);
  const register = (path: string, ids: readonly string[]) =>
    own.call('POST', path, { body: { ids }, token: registering });

  it('says so where nobody is registered', async () => {
    for (const member of ['accounts', 'accountSlots']) {
      const { status, json } = await detect({ [member]: { registered: true } });
      expect(status).toBe(422);
      expect(json).toMatchObject({ detail: 'no account is registered', error: { param: member } });
    }
  });

  it('traces a text to the accounts that are registered, corrected for all that ever were', async () => {
    await register('/v1/accounts', [...WRITERS, 'gone-1', 'gone-2']);
    await register('/v1/accounts/remove', ['gone-1', 'gone-2']);
    const { json } = await detect({ accounts: { registered: true } });
    const demo = await openDemo();
    const tracer = new AccountTracer(key, { tokenizer: demo.tokenizer });
    tracer.add(text);
    const [expected] = tracer.trace(WRITERS, { issued: 32 }).documents;
    tracer.close();
    await demo.close();
    expect(json['accounts']).toEqual({
      ...JSON.parse(JSON.stringify(expected)),
      finding: expect.objectContaining({ object: 'account-trace' }),
    });
    expect(json['accounts']).toMatchObject({
      verdict: 'named',
      named: [{ account: 'writer-7' }],
      issued: 32,
    });
    expect((await detect({ accounts: { registered: true, issued: 1000 } })).json['accounts']).toMatchObject({
      issued: 1000,
      accounts: 30,
    });
    const few = await detect({ accounts: { registered: true, issued: 31 } });
    expect(few.status).toBe(400);
    expect(few.json).toMatchObject({ error: { param: 'accounts.issued' } });
  });

  it('follows what is registered and removed', async () => {
    await register('/v1/accounts', ['late-1', 'late-2']);
    const accounts = { registered: true };
    expect((await detect({ accounts })).json['accounts']).toMatchObject({ accounts: 32, issued: 34 });
    await register('/v1/accounts/remove', ['writer-7', 'late-1']);
    const { json } = await detect({ accounts });
    expect(json['accounts']).toMatchObject({ verdict: 'none-named', named: [], accounts: 30, issued: 34 });
    await register('/v1/accounts', ['writer-7']);
    expect((await detect({ accounts })).json['accounts']).toMatchObject({
      verdict: 'named',
      accounts: 31,
      issued: 35,
    });
  });

  it('reads the account slots of registered accounts for whoever may detect, and names none', async () => {
    const { status, json, text: answer } = await detect({ accountSlots: { registered: true } }, detecting);
    expect(status).toBe(200);
    const demo = await openDemo();
    const ids = [...WRITERS.filter((id) => id !== 'writer-7'), 'late-2', 'writer-7'];
    const detector = new Detector([key], { tokenizers: [demo.tokenizer], accounts: { ids, issued: 35 } });
    const expected = detector.detect(text);
    detector.close();
    await demo.close();
    expect(json).toEqual({
      ...JSON.parse(JSON.stringify(expected)),
      finding: expect.objectContaining({ object: 'detection' }),
      untested: [],
    });
    expect(answer).not.toContain('writer-');
    expect(json['log10PValue']).toBeLessThan(json['log10RawPValue'] as number);
  });

  it('reads the slots of accounts that are listed for whoever may trace alone', async () => {
    const accountSlots = { ids: ['writer-7'] };
    const refused = await detect({ accountSlots }, detecting);
    expect(refused.status).toBe(403);
    expect(refused.json).toMatchObject({ error: { param: 'accountSlots' } });
    expect((await detect({ accountSlots, tokens: true, curve: true, regions: true })).json).toMatchObject({
      accountSlots: { accounts: 1, issued: 1 },
      settings: { accounts: { listed: 1, issued: 1 } },
    });
    expect((await detect({ accounts: { registered: true } }, detecting)).status).toBe(403);
    const withoutKey = await own.detect({ text, accountSlots: { registered: true } });
    expect(withoutKey.status).toBe(403);
    expect(withoutKey.json).toMatchObject({ error: { param: 'accountSlots' } });
  });

  it('refuses choices that are none', async () => {
    for (const member of ['accounts', 'accountSlots']) {
      for (const choice of [
        {},
        { ids: ['a'], registered: true },
        { registered: false },
        { ids: ['a', 'b'], issued: 1 },
        { ids: ['a', 'a'] },
      ]) {
        expect((await detect({ [member]: choice })).status, JSON.stringify(choice)).toBe(400);
      }
    }
    const { status, json } = await own.detect(
      { text, keyIds: [plain.keyId], accountSlots: { registered: true } },
      tracing,
    );
    expect(status).toBe(422);
    expect(json).toMatchObject({ error: { param: 'accountSlots' } });
  });
});
