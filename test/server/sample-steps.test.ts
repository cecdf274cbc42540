/** What calls that sample say and check beside the tokens: steps, tokenizers, keys, whole calls, and keys that were rotated. */
import { seededRandom } from '@countermark/watermark';
import { afterAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { keyFrom } from '../support/random-key.ts';
import { binaryCall, readBinaryAnswer, readBinarySteps } from './binary-call.ts';
import { startSamplingServer } from './sampling-server.ts';

const PATH = '/v1/watermark/sample';
const VOCAB = 100;
const key = keyFrom('steps', VOCAB, { contextWidth: 1, commonShare: 1, accountShare: 0 });
const { keyId } = key;

const server = await startSamplingServer({
  COUNTERMARK_MODEL: 'none',
  COUNTERMARK_MAX_CONTEXT_TOKENS: '1000',
  COUNTERMARK_ROTATION_GRACE_MS: '3600000',
});
await server.store.keys.add(key, 'steps', false);
const admin = await server.newToken(['admin']);

const spread = () => {
  const random = seededRandom('spread');
  const tokenIds = Array.from({ length: 20 }, (_, i) => i);
  return { tokenIds, logits: tokenIds.map(() => Math.fround(random())) };
};
const peaked = { tokenIds: [1, 2], logits: [50, 0] };

const SEQUENCES = [
  { ...AT_ONCE, context: [5], generated: 1, ...spread() },
  { ...AT_ONCE, context: [5], generated: 1, ...peaked },
  { ...AT_ONCE, context: [5, 6, 5], generated: 3, ...spread() },
  { ...AT_ONCE, context: [], generated: 0, ...spread() },
  { context: [5], generated: 1, spentBits: 0, ...spread() },
];
const FATES = ['common', 'certain', 'repeatedContext', 'withoutContext', 'start'];

async function connect(): Promise<WebSocket> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/watermark/stream`, {
    headers: { Authorization: `Bearer ${server.token}` },
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  afterAll(() => socket.terminate());
  return socket;
}

async function send(socket: WebSocket, call: Buffer): Promise<Buffer> {
  const answered = new Promise<Buffer>((resolve) =>
    socket.once('message', (data) => resolve(data as Buffer)),
  );
  socket.send(call);
  return answered;
}

describe('an answer of the sampling API', () => {
  it('says of each token whether it is marked, and if not, why', async () => {
    const { json } = await server.post(PATH, { keyId, sequences: SEQUENCES });
    expect(json['steps']).toEqual(FATES);
  });

  it('says it in the binary form where it is asked to, by the numbers of docs/server.md', async () => {
    const socket = await connect();
    const whole = await send(socket, binaryCall(1, keyId, SEQUENCES, { steps: true }));
    expect(readBinaryAnswer(whole).id).toBe(1);
    expect(readBinarySteps(whole)).toEqual({ steps: [0, 2, 5, 6, 4], padding: 3 });
    const without = await send(socket, binaryCall(2, keyId, SEQUENCES));
    expect(without).toHaveLength(12 + 8 * SEQUENCES.length);
  });
});

describe("the fingerprint of an engine's tokenizer", () => {
  const right = key.params.tokenizer.fingerprint;
  const wrong = right.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));

  it('is compared with that of the key', async () => {
    const sequences = SEQUENCES.slice(0, 1);
    expect((await server.post(PATH, { keyId, tokenizer: right, sequences })).status).toBe(200);
    const refused = await server.post(PATH, { label: 'steps', tokenizer: wrong, sequences });
    expect([refused.status, refused.json]).toMatchObject([422, { error: { param: 'tokenizer' } }]);
    const malformed = await server.post(PATH, { keyId, tokenizer: 'demo', sequences });
    expect([malformed.status, malformed.json]).toMatchObject([400, { error: { param: 'tokenizer' } }]);
    const socket = await connect();
    const answer = await send(socket, binaryCall(3, keyId, sequences, { tokenizer: right }));
    expect(readBinaryAnswer(answer).id).toBe(3);
    const problem = await send(socket, binaryCall(4, keyId, sequences, { tokenizer: wrong }));
    expect(JSON.parse(problem.toString())).toMatchObject({ id: 4, status: 422 });
    const short = binaryCall(5, keyId, [], { tokenizer: right }).subarray(0, 40);
    short.writeUInt32LE(1, 8);
    expect(JSON.parse((await send(socket, short)).toString())).toMatchObject({ id: 5, status: 400 });
  });
});

describe('a call with one sequence at fault', () => {
  it('uses no context of the others, and begins no response', async () => {
    const good = { ...AT_ONCE, context: [5], responseId: 'good', ...spread() };
    const begun = { ...AT_ONCE, context: [7], responseId: 'begun', ...spread() };
    await server.post(PATH, { keyId, sequences: [begun] });
    const other = { ...begun, accountId: 'another' };
    const refused = await server.post(PATH, { keyId, sequences: [good, other] });
    expect([refused.status, refused.json]).toMatchObject([409, { error: { param: 'sequences.1' } }]);
    const twice = [
      { ...good, responseId: 'twice' },
      { ...good, responseId: 'twice', accountId: 'another' },
    ];
    expect((await server.post(PATH, { keyId, sequences: twice })).status).toBe(409);
    const { json } = await server.post(PATH, { keyId, sequences: [good, twice[1]] });
    // Neither context was used before, and the second response was not begun for nobody.
    expect(json['steps']).toEqual(['common', 'common']);
  });
});

describe('COUNTERMARK_MAX_CONTEXT_TOKENS', () => {
  it('bounds the contexts of a call, is named where it is exceeded, and is public', async () => {
    const sequence = { ...AT_ONCE, context: Array<number>(501).fill(1), generated: 501, ...spread() };
    const { status, json } = await server.post(PATH, { keyId, sequences: [sequence, sequence] });
    expect([status, json]).toMatchObject([
      422,
      { limit: { name: 'COUNTERMARK_MAX_CONTEXT_TOKENS', value: 1000 } },
    ]);
    const known = (await server.call('/.well-known/countermark.json')).json;
    expect(known).toMatchObject({ limits: { contextTokens: 1000 } });
  });
});

describe('GET /v1/watermark/keys', () => {
  it('lists what marks to engines and customers, without a secret', async () => {
    for (const scope of ['sample', 'engine'] as const) {
      const token = await server.newToken([scope]);
      const { status, json } = await server.call('/v1/watermark/keys', { token });
      expect(status).toBe(200);
      const { data } = json as { data: object[] };
      expect(data).toContainEqual({
        keyId,
        label: 'steps',
        contextWidth: 1,
        tokenizer: key.params.tokenizer,
      });
    }
  });
});

describe('a key that was rotated', () => {
  it('marks on for calls that name it, until it is retired', async () => {
    const old = keyFrom('rotated', VOCAB, { contextWidth: 1, commonShare: 1, accountShare: 0 });
    await server.store.keys.add(old, 'rotated', false);
    const socket = await connect();
    const sequences = SEQUENCES.slice(0, 1);
    const ask = async () => {
      const { status, json } = await server.post(PATH, { keyId: old.keyId, sequences });
      return { status, keyId: json['keyId'] };
    };
    expect(await ask()).toEqual({ status: 200, keyId: old.keyId });
    const change = (how: string) =>
      server.call(`/v1/keys/${old.keyId}/${how}`, { method: 'POST', token: admin });
    const { keyId: next } = (await change('rotate')).json as { keyId: string };
    // Longer than what is known of a key is believed.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await ask()).toEqual({ status: 200, keyId: old.keyId });
    expect(readBinaryAnswer(await send(socket, binaryCall(1, old.keyId, sequences))).tokenIds).toHaveLength(
      1,
    );
    expect((await server.post(PATH, { label: 'rotated', sequences })).json['keyId']).toBe(next);
    const retired = await change('retire');
    expect(retired.json).toMatchObject({ status: 'retired', marksUntil: null });
    await vi.waitFor(async () => expect((await ask()).status).toBe(409), { timeout: 240_000, interval: 100 });
    const problem = await send(socket, binaryCall(2, old.keyId, sequences));
    expect(JSON.parse(problem.toString())).toMatchObject({ id: 2, status: 409 });
  });

  it('uses each context of a response once where two calls that take several turns are for the same', async () => {
    // Of a vocabulary with room for more candidates than one turn works at.
    const large = keyFrom('several turns', 2000, { contextWidth: 1, commonShare: 1, accountShare: 0 });
    await server.store.keys.add(large, 'several turns', false);
    const tokenIds = Array.from({ length: 1500 }, (_, i) => i);
    const sequences = Array.from({ length: 60 }, (_, i) => ({
      startBits: 0,
      responseId: `response ${i}`,
      context: [5],
      tokenIds,
      logits: tokenIds.map((id) => ((id * 31 + i) % 97) / 16),
    }));
    // The second goes on where the first ends, and a third that is begun otherwise is refused whole.
    const first = {
      keyId: large.keyId,
      sequences: sequences.map((one) => ({ ...one, promptContexts: true })),
    };
    const answers = await Promise.all([server.post(PATH, first), server.post(PATH, first)]);
    const steps = answers.map(({ status, json }) => [status, ...new Set(json['steps'] as readonly string[])]);
    expect(steps.sort()).toEqual([
      [200, 'common'],
      [200, 'repeatedContext'],
    ]);
    const { status } = await server.post(PATH, { keyId: large.keyId, sequences });
    expect(status).toBe(409);
  });
});
