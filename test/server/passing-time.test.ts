/** What a server lets go of, and says, as time goes by: on a clock that the test moves. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, Watermarker } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';
import { runServer, type TestServer } from './test-server.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const VOCABULARY = 1000;

// Greedy, so that each marked step has one outcome.
const key = keyFrom('passing time', VOCABULARY, {
  contextWidth: 2,
  commonShare: 1,
  accountShare: 0,
  scheme: { kind: 'green-list', gamma: 0.5, delta: 5 },
});
const CANDIDATES = [3, 4, 5, 6, 7, 8];
const directory = mkdtempSync(join(tmpdir(), 'countermark-passing-'));
const leftBehind = upload(randomUUID());

let server: TestServer;
let token: string;

beforeAll(async () => {
  // Nothing goes on by itself but what waits for sockets, files and the database.
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval'] });
  server = await runServer({
    COUNTERMARK_DATA: directory,
    COUNTERMARK_RETENTION_HOURS: '1',
    COUNTERMARK_THREADS: '1',
    COUNTERMARK_MODEL: 'none',
    // Scans are to stay as they are.
    COUNTERMARK_SCAN_WORKER: 'false',
  });
  await server.store.keys.add(key, 'passing', false);
  token = await server.newToken(['engine', 'detect', 'scan']);
}, 60_000);

afterAll(async () => {
  vi.useRealTimers();
  await server?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Lets time pass, and with it all that happens at intervals. */
function pass(ms: number): void {
  vi.advanceTimersByTime(ms);
}

/** Waits for what intervals have begun, by the real clock. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = process.hrtime.bigint() + 10_000_000_000n;
  while (!(await isSo())) {
    if (process.hrtime.bigint() > deadline) throw new Error('it took too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Puts a corpus where one is received for a scan that nobody asked for. */
function upload(id: string): string {
  const path = join(directory, 'scans', id);
  mkdirSync(join(path, 'input'), { recursive: true });
  writeFileSync(join(path, 'input', 'corpus.jsonl'), '{"text":"a"}\n');
  return path;
}

/** Finds a candidate that the key does not choose in a context, though it were the likeliest. */
function markedAway(context: readonly number[]): number {
  const watermarker = new Watermarker(key);
  const found = CANDIDATES.find((likeliest) => {
    const generation = watermarker.start({ ...AT_ONCE, prompt: context, sampling: { temperature: 0 } });
    const logits = Float32Array.from(CANDIDATES, (tokenId) => (tokenId === likeliest ? 1 : 0));
    return generation.chooseAmong(Uint32Array.from(CANDIDATES), logits) !== likeliest;
  });
  watermarker.close();
  if (found === undefined) throw new Error('every candidate is green');
  return found;
}

function post(path: string, body: unknown): ReturnType<TestServer['call']> {
  return server.call(path, { method: 'POST', token, body });
}

describe('a detection that is kept', () => {
  const ids = Array.from(randomIds(seededRandom('kept'), 100, VOCABULARY));
  const keep = async (): Promise<string> => {
    const { headers } = await post('/v1/detections', { tokenIds: ids, keyIds: [key.keyId] });
    return headers.get('location') ?? '';
  };
  const status = async (path: string): Promise<number> => (await server.call(path, { token })).status;
  const rows = async (path: string): Promise<number> =>
    (
      await server.store.database.query('select 1 from countermark.detections where id = $1', [
        path.split('/').at(-1),
      ])
    ).length;

  it('can be fetched for as long as it was to be, and is deleted within ten minutes of that', async () => {
    const first = await keep();
    pass(40 * MINUTE_MS);
    const second = await keep();
    expect(first).toMatch(/^\/v1\/detections\/[0-9a-f-]{36}$/);
    pass(19 * MINUTE_MS);
    expect([await status(first), await rows(first)]).toEqual([200, 1]);
    pass(MINUTE_MS);
    expect(await status(first)).toBe(404);
    pass(10 * MINUTE_MS);
    await until(async () => (await rows(first)) === 0);
    expect([await status(second), await rows(second)]).toEqual([200, 1]);
  });

  it('is deleted at the start of a server where its time was over meanwhile', async () => {
    const path = await keep();
    await server.close();
    // No interval of the next server has passed by then.
    pass(2 * HOUR_MS);
    server = await runServer({
      COUNTERMARK_DATA: directory,
      COUNTERMARK_MODEL: 'none',
      COUNTERMARK_THREADS: '1',
      COUNTERMARK_SCAN_WORKER: 'false',
    });
    await until(async () => (await rows(path)) === 0);
    expect(await status(path)).toBe(404);
  });
});

describe('a key that marks', () => {
  // The mark outweighs the likeliest candidate while the context is new.
  const likeliest = markedAway([1, 2]);
  const step = {
    context: [1, 2],
    tokenIds: CANDIDATES,
    logits: CANDIDATES.map((tokenId) => (tokenId === likeliest ? 1 : 0)),
    promptContexts: true,
    sampling: { temperature: 0 },
  };
  const sample = (responseId: string, more: object = {}): ReturnType<typeof post> =>
    post('/v1/watermark/sample', { keyId: key.keyId, sequences: [{ ...step, responseId, ...more }] });

  it('is closed ten minutes or so after its last use, and opened again for the next', async () => {
    const close = vi.spyOn(Watermarker.prototype, 'close');
    const open = vi.spyOn(server.store.keys, 'open');
    expect((await sample('idle')).status).toBe(200);
    expect(open).toHaveBeenCalledTimes(1);
    pass(9 * MINUTE_MS);
    expect((await sample('idle')).status).toBe(200);
    pass(9 * MINUTE_MS);
    await settled();
    expect(close).not.toHaveBeenCalled();
    pass(4 * MINUTE_MS);
    await until(() => close.mock.calls.length > 0);
    const [closed] = close.mock.contexts as Watermarker[];
    expect(() => closed?.start({})).toThrow('expected an open watermarker, got a closed one');
    expect(open).toHaveBeenCalledTimes(1);
    expect((await sample('idle')).status).toBe(200);
    expect(open).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
  });

  it('remembers a response for ten minutes after its last call; then it begins afresh', async () => {
    const chosen = async (): Promise<number | undefined> =>
      ((await sample('forgotten')).json as { tokenIds: number[] }).tokenIds[0];
    expect(await chosen()).not.toBe(likeliest);
    // Left unmarked the second time.
    expect(await chosen()).toBe(likeliest);
    pass(9 * MINUTE_MS);
    expect(await chosen()).toBe(likeliest);
    pass(9 * MINUTE_MS);
    const another = { accountId: 'another' };
    expect((await sample('forgotten', another)).status).toBe(409);
    // To be refused is no use of it.
    pass(MINUTE_MS);
    expect(await chosen()).not.toBe(likeliest);
    pass(10 * MINUTE_MS);
    expect((await sample('forgotten', another)).status).toBe(200);
  });
});

describe('an upload that never became a scan', () => {
  it('is removed at the start of a server that has its database to itself', () => {
    expect(existsSync(leftBehind)).toBe(false);
  });

  it('is removed a day after it was last written to, while the server runs', async () => {
    const [old, young, live] = [upload(randomUUID()), upload(randomUUID()), upload(randomUUID())];
    const at = (hoursAgo: number) => new Date(Date.now() - hoursAgo * HOUR_MS);
    const age = (path: string, hoursAgo: number): void => utimesSync(path, at(hoursAgo), at(hoursAgo));
    for (const [path, hours] of [
      [old, 26],
      [young, 22],
      [live, 26],
    ] as const) {
      age(join(path, 'input', 'corpus.jsonl'), hours);
      age(path, hours);
    }
    age(join(live, 'input', 'corpus.jsonl'), 0);
    pass(HOUR_MS);
    await until(() => !existsSync(old));
    expect([existsSync(young), existsSync(live)]).toEqual([true, true]);
  });
});

describe('GET /v1/scans/{id}/events', () => {
  it('says every quarter of a minute that it is still there while nothing happens', async () => {
    const asked = await server.call(`/v1/scans?idsField=ids&keyIds=${key.keyId}`, {
      method: 'POST',
      token,
      headers: { 'content-type': 'application/x-ndjson' },
      raw: '{"ids":[1,2,3]}\n',
    });
    const { id } = asked.json as { id: string };
    const leave = new AbortController();
    const response = await fetch(`${server.url}/v1/scans/${id}/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: leave.signal,
    });
    let text = '';
    const read = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += decoder.decode(chunk, { stream: true });
      }
    })().catch(() => undefined);
    const comments = () => text.split('\n\n').filter((block) => block === ': still here').length;
    await until(() => text.includes('"queued"'));
    for (let said = 0; said < 2; said++) {
      pass(14_000);
      // The stream looks every 0.3 s of the real clock.
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(comments()).toBe(said);
      // However the system's clock is set meanwhile.
      vi.setSystemTime(Date.now() - HOUR_MS);
      pass(1_000);
      await until(() => comments() === said + 1);
    }
    leave.abort();
    await read;
    // A comment is no event: clients see those that happened, and no more.
    expect(text.match(/^event: /gm)).toEqual(['event: ']);
  });
});

/** Lets what was begun at an interval go as far as it does without waiting for anything. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
