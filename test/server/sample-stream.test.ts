import { createConnection } from 'node:net';
import { Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type RawData, WebSocket } from 'ws';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { keyFrom } from '../support/random-key.ts';
import { headOf, type SocketStep, takeSteps } from '../support/socket-steps.ts';
import { type BinarySequence, binaryCall, readBinaryAnswer } from './binary-call.ts';
import { startSamplingServer } from './sampling-server.ts';

const PATH = '/v1/watermark/stream';
const VOCAB = 5000;
const CHECK_MS = 30_000;

// Every slot is common, so that with all candidates in sight each marked step has one outcome.
const key = keyFrom('stream', VOCAB, { contextWidth: 2, commonShare: 1, accountShare: 0 });
const { keyId } = key;
const one = { context: [1, 2], generated: 0, tokenIds: [3, 4], logits: [0, 0] };

// Timers of the server are the test's to advance: none of them is due in the time of a test.
vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
const server = await startSamplingServer({ COUNTERMARK_MAX_BODY_BYTES: '100000' });
await server.store.keys.add(key, 'chat', false);
const open: WebSocket[] = [];

afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});

afterAll(() => {
  vi.useRealTimers();
});

function connect(authorization = `Bearer ${server.token}`, at = server): Promise<WebSocket> {
  const url = new URL(PATH, at.url.replace('http', 'ws'));
  const socket = new WebSocket(url, { headers: authorization === '' ? {} : { authorization } });
  open.push(socket);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

function nextMessage(socket: WebSocket): Promise<{ data: Buffer; isBinary: boolean }> {
  return new Promise((resolve) =>
    socket.once('message', (data: RawData, isBinary) => resolve({ data: data as Buffer, isBinary })),
  );
}

async function ask(socket: WebSocket, message: unknown): Promise<Record<string, unknown>> {
  const answer = nextMessage(socket);
  socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  return JSON.parse((await answer).data.toString()) as Record<string, unknown>;
}

function closeCodeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve));
}

describe(`GET ${PATH}`, () => {
  it('marks as HTTP does, in JSON and in the binary form, and the library detects it', async () => {
    const socket = await connect();
    const random = seededRandom('stream');
    const text = [1, 2];
    for (let step = 0; step < 60; step++) {
      const tokenIds = Array.from({ length: 40 }, (_, i) => 100 * i + Math.floor(100 * random()));
      const logits = tokenIds.map(() => Math.fround(3 * random()));
      const response = {
        ...AT_ONCE,
        context: text,
        accountId: 'é',
        sampling: { topP: 0.9 },
        tokenIds,
        logits,
      };
      const sequence = { ...response, generated: step };
      const remembered = { ...response, responseId: 'stream' };
      const overHttp = await server.post('/v1/watermark/sample', { keyId, sequences: [sequence] });
      const json = await ask(socket, { id: `step ${step}`, keyId, sequences: [remembered] });
      const { tokenIds: chosen } = overHttp.json;
      expect(json).toEqual({
        id: `step ${step}`,
        object: 'samples',
        keyId,
        tokenIds: chosen,
        spentBits: [0],
        steps: overHttp.json['steps'],
      });
      const answer = nextMessage(socket);
      socket.send(binaryCall(step, keyId, [sequence, { ...remembered, responseId: 'binary' }]));
      const { data, isBinary } = await answer;
      const [tokenId] = chosen as number[];
      expect(isBinary).toBe(true);
      expect(readBinaryAnswer(data)).toEqual({ id: step, tokenIds: [tokenId, tokenId], spentBits: [0, 0] });
      text.push(tokenId!);
    }
    const detector = new Detector([key]);
    expect(detector.detect(text).log10PValue).toBeLessThan(-10);
    detector.close();
  });

  it('answers every message under its own id, however many are sent at once', async () => {
    const socket = await connect();
    const ids = Array.from({ length: 300 }, (_, i) => i);
    const answered = new Set<unknown>();
    const all = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        answered.add((JSON.parse(data.toString()) as { id: unknown }).id);
        if (answered.size === ids.length) resolve();
      });
    });
    for (const id of ids) socket.send(JSON.stringify({ id, label: 'chat', sequences: [one] }));
    await all;
    expect([...answered].sort((a, b) => Number(a) - Number(b))).toEqual(ids);
  });

  it('answers a fault with a problem under the same id, and goes on', async () => {
    const socket = await connect();
    const twice = { ...one, tokenIds: [3, 3] };
    expect(await ask(socket, { id: 1, keyId, sequences: [twice] })).toMatchObject({
      id: 1,
      object: 'problem',
      type: '/problems/invalid-request',
      status: 400,
      error: { param: 'sequences.0' },
    });
    expect(await ask(socket, 'no JSON')).toMatchObject({ id: null, type: '/problems/invalid-json' });
    expect(await ask(socket, { keyId, sequences: [one] })).toMatchObject({
      id: null,
      error: { param: 'id' },
    });
    expect(await ask(socket, { id: 2, label: 'none', sequences: [one] })).toMatchObject({
      id: 2,
      status: 404,
    });
    expect(await ask(socket, { id: 3, keyId, sequences: [one] })).toMatchObject({ id: 3, object: 'samples' });
  });

  const call = binaryCall(7, keyId, [{ ...one, accountId: 'a' }]);
  const changed = (at: number, byte: number) => Buffer.from(call).fill(byte, at, at + 1);
  const stating = (more: Pick<BinarySequence, 'startBits' | 'spentBits' | 'pauses'>) =>
    binaryCall(7, keyId, [{ ...one, accountId: 'a', ...more }]);
  it.each<[string, Buffer, number | null]>([
    ['an empty message', Buffer.alloc(0), null],
    ['another beginning', changed(0, 0), 7],
    ['a message cut off', call.subarray(0, call.length - 4), 7],
    ['bytes behind the end', Buffer.concat([call, Buffer.alloc(4)]), 7],
    ['more candidates than there are bytes', changed(32 + 11, 0xff), 7],
    ['reserved bytes that are not 0', changed(call.length - 1, 1), 7],
    ['a temperature that is no number', changed(32 + 22, 0xff).fill(0xff, 32 + 23, 32 + 24), 7],
    ['an unknown flag', changed(32 + 36, 2), 7],
    ['start bits that are no number', stating({ startBits: Number.NaN }), 7],
    ['start bits below 0', stating({ startBits: -1 }), 7],
    ['more start bits than a response may spend', stating({ startBits: 64.5 }), 7],
    ['spent bits that are no number', stating({ spentBits: Number.NaN }), 7],
    ['spent bits below 0', stating({ spentBits: -1 }), 7],
    ['pauses after less than a token', stating({ pauses: { after: 0.5, bits: 1 } }), 7],
    ['pauses of no bits', stating({ pauses: { after: 2, bits: 0 } }), 7],
    ['pauses of more bits than the start', stating({ pauses: { after: 2, bits: 16.5 } }), 7],
    ['pauses that are no numbers', stating({ pauses: { after: Number.NaN, bits: Number.NaN } }), 7],
    ['endless spent bits', stating({ spentBits: Infinity }), 7],
    [
      'spent bits of a response that the server remembers',
      binaryCall(7, keyId, [{ context: [1, 2], tokenIds: [3], logits: [0], responseId: 'r', spentBits: 1 }]),
      7,
    ],
    ['an account id that is not UTF-8', changed(call.length - 4, 0xff), 7],
  ])('answers a problem to %s in the binary form', async (_, message, id) => {
    const socket = await connect();
    expect(await ask(socket, message)).toMatchObject({ id, object: 'problem', status: 400 });
  });

  it('refuses the earlier binary form, and names the one it reads', async () => {
    const socket = await connect();
    const earlier = Buffer.from(call);
    earlier.write('CMS1');
    expect(await ask(socket, earlier)).toMatchObject({
      id: 7,
      status: 400,
      detail: 'the message: it does not begin with "CMS2" and a header',
    });
  });

  it('refuses connections without an API key that may sample', async () => {
    await expect(connect('')).rejects.toThrow('401');
    await expect(connect('Bearer cmk_none')).rejects.toThrow('401');
    await expect(connect(await server.authorizationOf('detect'))).rejects.toThrow('403');
  });

  it('asks whoever does not ask for a WebSocket to do so', async () => {
    const response = await fetch(new URL(PATH, server.url), {
      headers: { Authorization: `Bearer ${server.token}` },
    });
    expect(response.status).toBe(400);
  });

  it('answers clients that offer another protocol as others, unless they send a body', async () => {
    const { port } = new URL(server.url);
    const answerTo = async (request: string, body = ''): Promise<string> => {
      const socket = createConnection(Number(port), '127.0.0.1');
      const headers = ['Host: a', 'Connection: Upgrade', 'Upgrade: h2c', `Content-Length: ${body.length}`];
      socket.write(`${[`${request} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n${body}`);
      return Buffer.concat(await socket.toArray()).toString();
    };
    expect(await answerTo('GET /healthz')).toMatch(/^HTTP\/1.1 200 [\s\S]*{"status":"ok"}$/);
    expect(await answerTo('GET /v1/keys')).toMatch(/^HTTP\/1.1 401 /);
    expect(await answerTo('POST /v1/watermark/sample', '{}')).toMatch(/^HTTP\/1.1 400 /);
  });

  it('closes a connection whose message is larger than the limit', async () => {
    const socket = await connect();
    const code = closeCodeOf(socket);
    socket.send(Buffer.alloc(100_001));
    expect(await code).toBe(1009);
  });

  it('closes a connection whose message does not come to its end, and no other', async () => {
    const MESSAGE_MS = 300;
    const hurried = await startSamplingServer({ COUNTERMARK_BODY_MS: String(MESSAGE_MS) });
    await hurried.store.keys.add(key, 'chat', false);
    const idle = await connect(`Bearer ${hurried.token}`, hurried);
    const upgrade = headOf('GET', PATH, {
      Authorization: `Bearer ${hurried.token}`,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    });
    // Frames of a client, under a mask of zeros.
    const frame = (first: number, payload: string, announced = payload.length): Buffer =>
      Buffer.concat([Buffer.from([first, 0x80 | announced, 0, 0, 0, 0]), Buffer.from(payload)]);
    const [TEXT, FIRST_OF_TEXT, PONG] = [0x81, 0x01, 0x8a];
    // The end of a connection (0x88), its length, and 1008 in two bytes.
    const closed: SocketStep = { until: /\x88.\p{Cc}\xf0a message took longer than 300 ms/su };
    const held: readonly Buffer[][] = [
      [frame(TEXT, '{', 100)],
      [frame(TEXT, '', 0).subarray(0, 1)],
      [frame(FIRST_OF_TEXT, '{'), frame(PONG, 'x')],
      [frame(TEXT, '{}'), frame(TEXT, '{', 9)],
    ];
    const steps = held.map((sent) =>
      takeSteps(hurried.url, [
        { send: upgrade },
        { until: /^HTTP\/1\.1 101 / },
        ...sent.map((send) => ({ send })),
        closed,
      ]),
    );
    await Promise.all(steps);
    // So long has a connection on which nothing is asked been open.
    expect(await ask(idle, { id: 1, keyId, sequences: [one] })).toMatchObject({ object: 'samples' });
  });

  it('closes the connections of an API key that was revoked, and no others', async () => {
    const { id, token } = await server.store.apiKeys.create('revoked', ['engine']);
    const [kept, lost] = [await connect(), await connect(`Bearer ${token}`)];
    const code = closeCodeOf(lost);
    await server.store.apiKeys.revoke(id);
    vi.advanceTimersByTime(CHECK_MS);
    expect(await code).toBe(1008);
    expect(await ask(kept, { id: 1, keyId, sequences: [one] })).toMatchObject({ object: 'samples' });
  });

  it('ends a connection whose client does not answer pings', async () => {
    const socket = await connect();
    const code = closeCodeOf(socket);
    socket.pong = () => undefined;
    vi.advanceTimersByTime(CHECK_MS);
    await new Promise<void>((resolve) => socket.once('ping', () => resolve()));
    vi.advanceTimersByTime(CHECK_MS);
    expect(await code).toBe(1006);
  });

  it('answers what is under way when the server stops, and says that it goes', async () => {
    const socket = await connect();
    const code = closeCodeOf(socket);
    const answer = ask(socket, { id: 1, keyId, sequences: [one] });
    // Arrives before the server stops, so that its answer is under way then.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close();
    expect(await answer).toMatchObject({ id: 1 });
    expect(await code).toBe(1001);
  });
});
