/** What becomes of completions when the thread of the model dies. */
import { Worker } from 'node:worker_threads';
import { WatermarkKey } from '@countermark/watermark';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { startSamplingServer } from './sampling-server.ts';

const PROMPT = 'The state of the nation is';
const LONG = 500;
// As many as work at a time.
const TOGETHER = 4;

const demo = await openDemo();
const server = await startSamplingServer({ COUNTERMARK_THREADS: '1' });
await server.store.keys.add(new WatermarkKey(demo.params()), 'demo', false);
await demo.close();

afterEach(() => {
  vi.restoreAllMocks();
});

function ask(more: object = {}): ReturnType<typeof server.call> {
  const body = { model: 'demo', prompt: PROMPT, max_tokens: 2, ...more };
  return server.call('/v1/completions', { method: 'POST', token: server.token, body });
}

/** Calls while it notes which thread the model was asked on. */
async function threadOf(call: () => Promise<unknown>): Promise<Worker> {
  const post = vi.spyOn(Worker.prototype, 'postMessage');
  await call();
  const asked = post.mock.calls.findIndex(([message]) => (message as { kind?: string }).kind === 'append');
  const thread = post.mock.contexts[asked];
  post.mockRestore();
  if (thread === undefined) throw new Error('the model was not asked');
  return thread as Worker;
}

/** Lets a thread die of an error of its own, between two steps: to be ended amid a native call may take the whole process along. */
async function die(thread: Worker): Promise<void> {
  await new Promise((resolve) => {
    thread.once('exit', resolve);
    thread.postMessage(null);
  });
}

describe('the model of the completions, once its thread has died', () => {
  it('is opened again for the first that asks', async () => {
    const thread = await threadOf(ask);
    await die(thread);
    const [first, second] = await Promise.all([ask(), ask()]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect((await ask()).status).toBe(200);
    const now = await threadOf(ask);
    expect(now).not.toBe(thread);
    expect(await threadOf(ask)).toBe(now);
  });

  it('ends what was under way with an error, streamed or not, and answers the next', async () => {
    const thread = await threadOf(ask);
    const steps = vi.spyOn(thread, 'postMessage');
    const answers = Array.from({ length: TOGETHER - 2 }, () => ask({ max_tokens: LONG }));
    const streamed = ask({ max_tokens: LONG, stream: true });
    const response = server.call('/v1/responses', {
      method: 'POST',
      token: server.token,
      body: { model: 'demo', input: PROMPT, max_output_tokens: LONG, stream: true },
    });
    const begun = () =>
      new Set(
        steps.mock.calls.flatMap(([message]) =>
          message.kind === 'append' ? [(message as { sequence: number }).sequence] : [],
        ),
      );
    await vi.waitFor(() => expect(begun().size).toBe(TOGETHER), { interval: 5, timeout: 240_000 });
    // It is answered by the new one.
    const waiting = ask();
    await die(thread);
    for (const { status, json } of await Promise.all(answers)) {
      expect(status).toBe(500);
      expect(json).toMatchObject({ detail: 'internal error', error: { code: 'internal' } });
    }
    const { text } = await streamed;
    const [last] = text.trimEnd().split('\n\n').slice(-1);
    expect(JSON.parse(last?.replace(/^data: /, '') ?? '')).toMatchObject({ error: { code: 'internal' } });
    expect(text).not.toContain('[DONE]');
    const events = (await response).text.trimEnd().split('\n\n').slice(-2);
    expect(events.map((event) => JSON.parse(event.split('\ndata: ')[1] ?? ''))).toMatchObject([
      { type: 'error', code: 'internal' },
      { type: 'response.failed', response: { status: 'failed', error: { code: 'internal' } } },
    ]);
    expect((await waiting).status).toBe(200);
    expect((await ask()).status).toBe(200);
  });
});
