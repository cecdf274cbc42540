import { createHash } from 'node:crypto';
import { demoModelFiles } from '@countermark/demo-model';
import { AccountTracer, Detector } from '@countermark/detector';
import { evidenceCurve } from '@countermark/detector/report';
import type { WatermarkKey } from '@countermark/watermark';
import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { keyFor, markedText, type Served, serve } from './detection-server.ts';
import { answerSchema } from './openapi-document.ts';

const HIDDEN = 'Once upon\u200b a time there was a very small girl who lived by the sea 🙃 and loved it.';
const ACCOUNTS = ['reader-1', 'reader-2', 'writer-7', 'reader-3'];

let served: Served;
let key: WatermarkKey;
let other: WatermarkKey;
let gpt2: WatermarkKey;
let plain: WatermarkKey;
let tokenizer: Tokenizer;
let marked: string;
let tracing: string;
let detecting: string;
beforeAll(async () => {
  served = await serve({
    COUNTERMARK_RETENTION_HOURS: '0.001',
    COUNTERMARK_MAX_KEYS: '3',
    COUNTERMARK_MAX_TEXT_CHARACTERS: '20000',
    COUNTERMARK_MAX_TOKENS: '1000',
  });
  tokenizer = await openTokenizer(demoModelFiles().tokenizer);
  key = await keyFor('demo', 'key');
  other = await keyFor('demo', 'other key');
  gpt2 = await keyFor('gpt2', 'key of gpt2');
  plain = await keyFor('demo', 'key without accounts', { commonShare: 0.9, accountShare: 0 });
  const { keys } = served.server.store;
  for (const [i, one] of [key, other, gpt2, plain].entries()) await keys.add(one, `key-${i}`, false);
  await keys.retire(other.keyId);
  marked = await markedText(key, 'writer-7', 400);
  tracing = await served.token('detect', 'trace');
  detecting = await served.token('detect');
}, 60_000);
afterAll(async () => {
  tokenizer.close();
  await served.close();
});

function documented(path: string, method: string): Promise<z.ZodType> {
  return answerSchema(served.server.url, path, method);
}

describe('POST /v1/detections', () => {
  it("answers what the library's detector says of the same text and keys", async () => {
    for (const options of [
      {},
      { alpha: 0.01, minTokens: 5 },
      { regions: true },
      { normalization: 'none' },
    ] as const) {
      for (const text of [marked, HIDDEN, '']) {
        const detector = new Detector([key, other], { tokenizers: [tokenizer], ...options });
        const { status, json } = await served.detect(
          { text, keyIds: [key.keyId, other.keyId], ...options },
          detecting,
        );
        const { id, finding, ...answer } = json;
        expect(status).toBe(200);
        expect(id).toMatch(/^[0-9a-f-]{36}$/);
        expect(answer).toEqual({ ...JSON.parse(JSON.stringify(detector.detect(text))), untested: [] });
        detector.close();
      }
    }
  });

  it('detects text that the bundled model marked, from its characters and from its ids', async () => {
    const keyIds = [key.keyId];
    const fromText = await served.detect({ text: marked, keyIds }, detecting);
    expect(fromText.json).toMatchObject({ verdict: 'detected', keyId: key.keyId });
    const tokenIds = Array.from(tokenizer.encode(marked));
    const fromIds = await served.detect({ tokenIds, keyIds }, detecting);
    expect(fromIds.json['log10PValue']).toBe(fromText.json['log10PValue']);
  });

  it('begins with what was tested: hypothesis, level, keys by what is public of them, and the document by its SHA-256', async () => {
    const head = {
      version: 1,
      software: expect.objectContaining({ node: process.versions.node }),
    };
    const accounts = { ids: ACCOUNTS, alpha: 0.02 };
    const body = { text: HIDDEN, keyIds: [key.keyId], alpha: 0.01, accounts };
    const { json } = await served.detect(body, tracing);
    const keys = [
      { keyId: key.keyId, params: json['params'], ...(key.commitment && { commitment: key.commitment }) },
    ];
    // As it was given, before anything is removed from it.
    const inputs = [{ kind: 'text', sha256: createHash('sha256').update(HIDDEN).digest('hex') }];
    expect(json['finding']).toEqual({
      ...head,
      object: 'detection',
      nullHypothesis: 'the document was produced without access to the key',
      level: 0.01,
      keys,
      inputs,
    });
    expect(json['accounts']).toMatchObject({
      finding: {
        ...head,
        object: 'account-trace',
        nullHypothesis: 'the text was produced without access to the code of the account',
        level: 0.02,
        keys: [{ keyId: key.keyId }],
        inputs,
      },
    });
    const tokenIds = [1, 2, 300];
    const ids = createHash('sha256')
      .update(new Uint8Array(Uint32Array.from(tokenIds).buffer))
      .digest('hex');
    const fromIds = await served.detect({ tokenIds, keyIds: [plain.keyId] }, detecting);
    expect(fromIds.json['finding']).toMatchObject({ inputs: [{ kind: 'token-ids', sha256: ids }] });
  });

  it('does not detect it under another key', async () => {
    const { json } = await served.detect({ text: marked, keyIds: [plain.keyId] }, detecting);
    expect(json).toMatchObject({ verdict: 'not-detected', keyId: plain.keyId });
  });

  it('tests for retired keys too', async () => {
    const { json } = await served.detect({ text: marked, keyIds: [other.keyId] }, detecting);
    expect(json).toMatchObject({ keyId: other.keyId });
  });

  it('describes each token by its characters in the text as it was given', async () => {
    const { json } = await served.detect({ text: HIDDEN, keyIds: [key.keyId], tokens: true }, detecting);
    const tokens = z
      .array(
        z.object({
          id: z.int(),
          characters: z.object({ start: z.int(), end: z.int() }),
          status: z.string(),
          score: z.number(),
          log10PValue: z.number(),
        }),
      )
      .parse(json['tokens']);
    const visible = HIDDEN.replace('\u200b', '');
    expect(tokens.map(({ id }) => id)).toEqual(Array.from(tokenizer.encode(visible)));
    // The invisible character belongs to the token before it; tokens that split a character each have it.
    expect(tokens[0]?.characters.start).toBe(0);
    expect(tokens.at(-1)?.characters.end).toBe(HIDDEN.length);
    for (const [i, { characters }] of tokens.entries()) {
      const next = tokens[i + 1]?.characters ?? { start: HIDDEN.length };
      expect(next.start <= characters.end).toBe(true);
      expect(HIDDEN.slice(characters.start, characters.end)).not.toBe('');
    }
    expect(tokens.filter(({ status }) => status === 'scored').length).toBe(json['scored']);
    for (const { status, score, log10PValue } of tokens) {
      if (status !== 'scored') expect([score, log10PValue]).toEqual([0, 0]);
    }
  });

  it("draws the curve of the library's report", async () => {
    const detector = new Detector([key], { tokenizers: [tokenizer] });
    const { json } = await served.detect({ text: marked, keyIds: [key.keyId], curve: true }, detecting);
    expect(json['curve']).toEqual(evidenceCurve(detector.report(marked), 200));
    detector.close();
  });

  it('names the account that the text was made for, as the tracer does', async () => {
    const keyIds = [key.keyId];
    const { json } = await served.detect({ text: marked, keyIds, accounts: { ids: ACCOUNTS } }, tracing);
    const tracer = new AccountTracer(key, { tokenizer });
    tracer.add(marked);
    const [expected] = tracer.trace(ACCOUNTS).documents;
    tracer.close();
    expect(json['accounts']).toEqual({
      ...JSON.parse(JSON.stringify(expected)),
      finding: expect.objectContaining({ object: 'account-trace' }),
    });
    expect(json['accounts']).toMatchObject({ verdict: 'named', named: [{ account: 'writer-7' }] });
  });

  it('corrects for accounts that were issued and are not listed', async () => {
    const body = { text: marked, keyIds: [key.keyId], accounts: { ids: ACCOUNTS, issued: 4000 } };
    const few = await served.detect({ ...body, accounts: { ids: ACCOUNTS } }, tracing);
    const many = await served.detect(body, tracing);
    const smallest = ({ json }: typeof few): number =>
      (json['accounts'] as { log10PValue: number }).log10PValue;
    expect(smallest(many)).toBeCloseTo(smallest(few) + 3, 10);
  });

  it('answers by the schema that the server documents, and with no field besides', async () => {
    const schema = await documented('/v1/detections', 'post');
    const all = { regions: true, tokens: true, curve: true, accounts: { ids: ACCOUNTS } };
    const bodies = [
      { text: marked, keyIds: [key.keyId], ...all },
      { text: HIDDEN, keyIds: [key.keyId, other.keyId], regions: true, tokens: true },
      { text: '', keyIds: [key.keyId], ...all },
      { tokenIds: Array.from(tokenizer.encode(marked)), keyIds: [key.keyId], ...all },
    ];
    for (const body of bodies) {
      const { status, json } = await served.detect(body, tracing);
      expect(status).toBe(200);
      expect(schema.safeParse(json).error).toBeUndefined();
      expect(schema.safeParse({ ...json, surprise: 1 }).success).toBe(false);
      expect(JSON.stringify(json)).not.toContain('null,');
    }
  });

  it('knows keys and API keys as they are, however short ago they changed', async () => {
    const { store } = served.server;
    const { id, token } = await store.apiKeys.create('short', ['detect']);
    const made = await keyFor('demo', 'key made later');
    const body = { text: 'a', keyIds: [made.keyId] };
    expect((await served.detect(body, token)).status).toBe(404);
    await store.keys.add(made, 'later', false);
    expect((await served.detect(body, token)).status).toBe(200);
    await store.apiKeys.revoke(id);
    expect((await served.detect(body, token)).status).toBe(401);
  });

  it('refuses accounts to an API key without the scope "trace"', async () => {
    const body = { text: marked, keyIds: [key.keyId], accounts: { ids: ACCOUNTS } };
    const { status, json } = await served.detect(body, detecting);
    expect([status, json]).toMatchObject([403, { error: { code: 'forbidden', param: 'accounts' } }]);
  });

  it('refuses an API key without the scope "detect"', async () => {
    expect((await served.detect({ text: 'a' }, await served.token('admin'))).status).toBe(403);
    expect((await served.detect({ text: 'a' }, `cmk_${'0'.repeat(12)}_${'A'.repeat(43)}`)).status).toBe(401);
  });

  it.each([
    ['neither a text nor ids', {}],
    ['both', { text: 'a', tokenIds: [1] }],
    ['an unknown field', { text: 'a', colour: 'red' }],
    ['a level of 0', { text: 'a', alpha: 0 }],
    ['a key twice', { text: 'a', keyIds: ['0'.repeat(32), '0'.repeat(32)] }],
    ['an account twice', { text: 'a', accounts: { ids: ['a', 'a'] } }],
    ['an account that is no UTF-8', { text: 'a', accounts: { ids: ['\ud800'] } }],
    ['fewer accounts issued than listed', { text: 'a', accounts: { ids: ['a', 'b'], issued: 1 } }],
  ])('answers 400 to %s', async (_what, body) => {
    const { status, json } = await served.detect(body, tracing);
    expect([status, json]).toMatchObject([400, { error: { code: 'invalid-request' } }]);
  });

  it('answers 404 to an unknown key', async () => {
    const { status, json } = await served.detect({ text: 'a', keyIds: ['0'.repeat(32)] }, detecting);
    expect([status, json]).toMatchObject([404, { error: { code: 'not-found', param: 'keyId' } }]);
  });

  it('answers 422 naming the limit that is exceeded', async () => {
    const cases = [
      [{ text: 'a'.repeat(20_001) }, 'COUNTERMARK_MAX_TEXT_CHARACTERS', 20_000],
      [{ tokenIds: Array<number>(1001).fill(1) }, 'COUNTERMARK_MAX_TOKENS', 1000],
      [{ text: 'a', keyIds: [key, other, plain, gpt2].map(({ keyId }) => keyId) }, 'COUNTERMARK_MAX_KEYS', 3],
    ] as const;
    for (const [body, name, value] of cases) {
      const { status, json } = await served.detect(body, detecting);
      expect([status, json]).toMatchObject([
        422,
        { limit: { name, value }, error: { code: 'limit-exceeded' } },
      ]);
    }
  });

  it('answers 422 to what cannot be carried out', async () => {
    const accounts = { ids: ['a'] };
    const cases = [
      { tokenIds: [1], keyIds: [key.keyId, gpt2.keyId] },
      { tokenIds: [1, 4096], keyIds: [key.keyId] },
      { text: 'a', keyIds: [key.keyId, other.keyId], accounts },
      { text: 'a', keyIds: [plain.keyId], accounts },
    ];
    for (const body of cases) {
      const { status, json } = await served.detect(body, tracing);
      expect([status, json]).toMatchObject([422, { error: { code: 'unprocessable' } }]);
    }
  });

  it('tests a text for keys of several tokenizers', async () => {
    const { json } = await served.detect({ text: marked, keyIds: [gpt2.keyId, key.keyId] }, detecting);
    expect(json).toMatchObject({
      verdict: 'detected',
      keyId: key.keyId,
      keys: [{ keyId: gpt2.keyId }, { keyId: key.keyId }],
    });
  });
});

describe('GET /v1/detections/{id}', () => {
  it('answers the same tenant, without tokens and accounts, until the time is over', async () => {
    const { server } = served;
    const create = async (tenant: string): Promise<string> =>
      (await server.store.apiKeys.create('test', ['detect', 'trace'], tenant)).token;
    const token = await create('tenant-a');
    const body = {
      text: marked,
      keyIds: [key.keyId],
      tokens: true,
      curve: true,
      accounts: { ids: ACCOUNTS },
    };
    const { json, headers } = await served.detect(body, token);
    const path = headers.get('Location') ?? '';
    expect(path).toBe(`/v1/detections/${json['id']}`);
    const { tokens, accounts, ...kept } = json;
    const fetched = await served.call('GET', path, { token: await create('tenant-a') });
    expect([fetched.status, fetched.json]).toEqual([200, kept]);
    expect((await documented('/v1/detections/{id}', 'get')).safeParse(fetched.json).error).toBeUndefined();
    expect((await served.call('GET', path, { token: await create('tenant-b') })).status).toBe(404);
    expect((await served.call('GET', path)).status).toBe(401);
    // 0.001 hours are 3.6 s.
    await expect
      .poll(async () => (await served.call('GET', path, { token })).status, {
        timeout: 240_000,
        interval: 200,
      })
      .toBe(404);
  });

  it('answers 404 to an unknown id, and 400 to what is none', async () => {
    const path = '/v1/detections/00000000-0000-4000-8000-000000000000';
    expect((await served.call('GET', path, { token: detecting })).status).toBe(404);
    expect((await served.call('GET', '/v1/detections/1', { token: detecting })).status).toBe(400);
  });
});

describe('POST /v1/tokenize', () => {
  const tokenize = (body: unknown, token?: string) =>
    served.call('POST', '/v1/tokenize', { body, ...(token === undefined ? {} : { token }) });

  it("answers a tokenizer's ids with their characters", async () => {
    const { status, json } = await tokenize({ text: HIDDEN, keyId: key.keyId }, detecting);
    expect(status).toBe(200);
    expect(json['tokenizer']).toEqual(key.params.tokenizer);
    expect(json['tokenIds']).toEqual(Array.from(tokenizer.encode(HIDDEN)));
    const characters = json['characters'] as [number, number][];
    expect(characters.length).toBe((json['tokenIds'] as number[]).length);
    expect(characters[0]?.[0]).toBe(0);
    expect(characters.at(-1)?.[1]).toBe(HIDDEN.length);
    expect((await documented('/v1/tokenize', 'post')).safeParse(json).error).toBeUndefined();
  });

  it('knows tokenizers by name', async () => {
    const { json } = await tokenize({ text: 'one two', tokenizer: 'gpt2' }, detecting);
    expect(json).toMatchObject({
      tokenizer: { name: 'gpt2' },
      tokenIds: [505, 734],
      characters: [
        [0, 3],
        [3, 7],
      ],
    });
  });

  it('refuses what it cannot tokenize', async () => {
    const text = 'a';
    const statuses: [unknown, string | undefined, number][] = [
      [{ text, tokenizer: 'gpt2' }, undefined, 401],
      [{ text, tokenizer: 'gpt2' }, await served.token('sample'), 403],
      [{ text }, detecting, 400],
      [{ text, keyId: '0'.repeat(32) }, detecting, 404],
      [{ text, tokenizer: 'nobody' }, detecting, 422],
      [{ text, tokenizer: '../../etc/passwd' }, detecting, 422],
      [{ text: 'a'.repeat(20_001), tokenizer: 'gpt2' }, detecting, 422],
    ];
    for (const [body, token, status] of statuses) expect((await tokenize(body, token)).status).toBe(status);
  });
});
