/** Whose account a customer's API key can have in a text: its own tenant's, whatever it asks for, and whichever way. */
import { AccountTracer } from '@countermark/detector';
import { seededRandom, WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openDemo } from '../support/demo.ts';
import { secretFrom } from '../support/random-key.ts';
import { markedText } from './detection-server.ts';
import { startTestServer } from './test-server.ts';

const VICTIM = 'victim@example.org';
const CUSTOMER = 'customer-17';
const PROMPT = 'The state of the nation is';
const INNOCENTS = 200;

const demo = await openDemo();
const server = await startTestServer();
const key = new WatermarkKey(demo.params(), secretFrom(seededRandom('framing')));
const victimsAnswer = await markedText(key, VICTIM, 120);
let token: string;
beforeAll(async () => {
  await server.store.keys.add(key, 'demo', true);
  token = await server.newToken(['sample'], CUSTOMER);
});
afterAll(() => demo.close());

const step = {
  context: [1, 2, 3, 4],
  generated: 0,
  tokenIds: [5, 6],
  logits: [0, 0],
  accountId: VICTIM,
};

/** Posts with the customer's API key. */
const post = (path: string, body: unknown, headers = {}) =>
  server.call(path, { method: 'POST', token, body, headers });

const ADVICE =
  'the API key lacks the scope "engine": the scope "sample" opens completions only, which are marked for the key\'s own tenant; make a key for the engine with "countermark api-keys create --scope engine"';

describe('an API key of the scope "sample", as releases before made them for engines too', () => {
  it('chooses no token for an account of its choice, and is told which key does', async () => {
    const { status, json } = await post('/v1/watermark/sample', { keyId: key.keyId, sequences: [step] });
    expect({ status, json }).toMatchObject({ status: 403, json: { detail: ADVICE } });
  });

  it('opens no WebSocket for engines, and is told the same', async () => {
    const url = new URL('/v1/watermark/stream', server.url.replace('http', 'ws'));
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      socket.once('open', () => reject(new Error('the WebSocket was opened')));
      socket.once('error', () => undefined);
      socket.once('unexpected-response', async (_, response) => {
        let body = '';
        for await (const chunk of response) body += String(chunk);
        resolve({ status: response.statusCode, body });
      });
    });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ detail: ADVICE });
  });

  it.each([
    ['accountId', '/v1/completions', { prompt: PROMPT }],
    ['account', '/v1/chat/completions', { messages: [{ role: 'user', content: PROMPT }] }],
    ['tenant', '/v1/completions', { prompt: PROMPT }],
  ])('is refused a completion with "%s"', async (field, path, asked) => {
    expect((await post(path, { model: 'demo', ...asked, [field]: VICTIM })).status).toBe(400);
  });

  it('asks no detection and no scan which accounts a text names', async () => {
    const accounts = { ids: [VICTIM] };
    const body = { text: PROMPT, keyIds: [key.keyId], accounts };
    expect((await post('/v1/detections', body)).status).toBe(403);
    for (const scope of ['detect', 'scan'] as const) {
      const other = await server.newToken([scope], CUSTOMER);
      const path = scope === 'detect' ? '/v1/detections' : '/v1/scans';
      const asked = scope === 'detect' ? body : { inputs: ['/none'], keyIds: [key.keyId], accounts };
      expect((await server.call(path, { method: 'POST', token: other, body: asked })).status).toBe(403);
    }
  });
});

describe('completions of a customer who names another account wherever there is room for a name', () => {
  const of = { user: VICTIM, metadata: { accountId: VICTIM }, safety_identifier: VICTIM };
  const shared = { model: 'demo', max_tokens: 250, prompt_cache_key: VICTIM, store: true, ...of };
  const about = `${PROMPT} of ${VICTIM}`;
  const ROUTES: [string, object][] = [
    [`/v1/completions?accountId=${VICTIM}`, { ...shared, prompt: about }],
    ['/v1/chat/completions', { ...shared, messages: [{ role: 'user', name: VICTIM, content: about }] }],
    ['/v1/completions', { ...shared, prompt: PROMPT }],
    // Goes on from the end of an answer that was the other's.
    ['/v1/completions', { ...shared, prompt: victimsAnswer }],
  ];

  it('name the customer alone: the other account, and all others, stay at chance', async () => {
    // Answers are fresh in every run, so the level is the probability that a run names one of the others by chance.
    const tracer = new AccountTracer(key, { tokenizer: demo.tokenizer, alpha: 1e-6 });
    try {
      const texts: string[] = [];
      for (const [path, body] of ROUTES) {
        const headers = { 'X-Account-Id': VICTIM, 'OpenAI-Organization': VICTIM };
        const { status, json } = await post(path, body, headers);
        expect(status).toBe(200);
        const [{ text, message }] = (json as { choices: [{ text?: string; message?: { content: string } }] })
          .choices;
        texts.push(text ?? message?.content ?? '');
      }
      tracer.add(texts.join('\n'));
      // With the victim's these are 201 codes that nobody chose: independent, given the text.
      const others = [VICTIM, ...Array.from({ length: INNOCENTS }, (_, i) => `innocent ${i}`)];
      const [found] = tracer.trace([CUSTOMER, ...others], { top: others.length + 1 }).documents;
      if (found === undefined) throw new Error('the document was not traced');
      expect(found.scored).toBeGreaterThan(100);
      expect(found.named.map(({ account }) => account)).toEqual([CUSTOMER]);
      const raw = new Map(found.top.map(({ account, log10RawPValue }) => [account, log10RawPValue]));
      expect(raw.get(VICTIM)).toBeGreaterThan(-6);
      for (const alpha of [0.1, 0.01]) {
        const below = others.filter((account) => (raw.get(account) ?? 0) <= Math.log10(alpha)).length;
        const spread = 4.9 * Math.sqrt(alpha * (1 - alpha) * others.length);
        expect(below).toBeLessThanOrEqual(alpha * others.length + spread);
      }
    } finally {
      tracer.close();
    }
  });
});
