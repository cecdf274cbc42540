import { setMaxListeners } from 'node:events';
import { AccountTracer, Detector } from '@countermark/detector';
import { createParams, seededRandom, WatermarkKey } from '@countermark/watermark';
import OpenAI, { AuthenticationError, BadRequestError, ConflictError, NotFoundError } from 'openai';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { secretFrom } from '../support/random-key.ts';
import { startSamplingServer } from './sampling-server.ts';

const PROMPT = 'The state of the nation is';

const demo = await openDemo();
const server = await startSamplingServer();
const key = new WatermarkKey(demo.params(), secretFrom(seededRandom('completions')));
await server.store.keys.add(key, 'demo', false);
const client = clientOf(server.token);

afterAll(async () => {
  await demo.close();
});

function clientOf(apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 });
}

async function tenantOf(token: string): Promise<string> {
  return (await server.store.apiKeys.authenticate(token))!.tenant;
}

/** What an answer came to that was streamed. */
async function streamed() {
  const stream = await client.chat.completions.create({
    model: 'demo',
    messages: [{ role: 'user', content: PROMPT }],
    max_tokens: 400,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let finish: string | null | undefined;
  let usage: OpenAI.CompletionUsage | null | undefined;
  let parts = 0;
  for await (const chunk of stream) {
    parts++;
    text += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
  }
  return { text, finish, usage, parts };
}

describe('one question asked 80 times', () => {
  it('has 80 answers, which begin differently', async () => {
    const ask = async (): Promise<string> => {
      const { choices } = await client.chat.completions.create({
        model: 'demo',
        messages: [{ role: 'user', content: 'The condition of our foreign relations' }],
        max_tokens: 20,
      });
      return choices[0]?.message.content ?? '';
    };
    const answers: string[] = [];
    while (answers.length < 80) answers.push(...(await Promise.all(Array.from({ length: 16 }, ask))));
    // Each of 3,160 pairs is equal with probability at most 2^-16: three such pairs come once in 50,000 runs.
    expect(new Set(answers).size).toBeGreaterThanOrEqual(78);
  });
});

describe('POST /v1/chat/completions', () => {
  it("streams an answer to OpenAI's client, which the library detects and traces to the API key's tenant", async () => {
    const answers = [await streamed()];
    // The model may end an answer early: a few are tried for a long one.
    while (answers.at(-1)!.usage!.completion_tokens < 300 && answers.length < 10) {
      answers.push(await streamed());
    }
    const { text, finish, usage, parts } = answers.at(-1)!;
    expect(parts).toBeGreaterThan(150);
    expect(finish).toBe(usage?.completion_tokens === 400 ? 'length' : 'stop');
    const promptTokens = demo.tokenizer.encode(PROMPT).length;
    expect(usage).toMatchObject({
      prompt_tokens: promptTokens,
      total_tokens: promptTokens + usage!.completion_tokens,
    });
    const detector = new Detector([key], { tokenizers: [demo.tokenizer] });
    expect(detector.detect(text).log10PValue).toBeLessThan(-6);
    detector.close();
    const tenant = await tenantOf(server.token);
    const tracer = new AccountTracer(key, { alpha: 1e-6 });
    tracer.add(demo.tokenizer.encode(text));
    const [trace] = tracer.trace([tenant, 'somebody else']).documents;
    expect(trace?.named.map(({ account }) => account)).toEqual([tenant]);
    tracer.close();
  });

  it("answers OpenAI's client without streaming, within max_tokens", async () => {
    const { choices, usage, object } = await client.chat.completions.create({
      model: 'demo',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: PROMPT }] },
      ],
      max_completion_tokens: 5,
      top_p: 0.9,
      user: 'ignored',
    });
    expect(object).toBe('chat.completion');
    expect(choices).toHaveLength(1);
    expect(choices[0]?.message.role).toBe('assistant');
    expect(usage?.completion_tokens).toBeLessThanOrEqual(5);
    expect(choices[0]?.finish_reason).toBe(usage?.completion_tokens === 5 ? 'length' : 'stop');
  });

  const ask = (more: object) =>
    client.chat.completions.create({ model: 'demo', messages: [{ role: 'user', content: PROMPT }], ...more });

  it.each<[string, object, string]>([
    ['a seed that is no integer', { seed: 1.5 }, 'seed'],
    ['more answers than are made at once', { n: 17 }, 'n'],
    ['a penalty out of range', { presence_penalty: 2.5 }, 'presence_penalty'],
    ['a bias of a token that there is not', { logit_bias: { 4096: 1 } }, 'logit_bias'],
    ['a bias of no token', { logit_bias: { the: 1 } }, 'logit_bias'],
    ['a bias out of range', { logit_bias: { 5: 101 } }, 'logit_bias'],
    [
      'biases of more tokens than may be',
      { logit_bias: Object.fromEntries(Array.from({ length: 1025 }, (_, id) => [id, 0])) },
      'logit_bias',
    ],
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }, 'tools'],
    ['a tool that has to be called', { tool_choice: 'required' }, 'tool_choice'],
    ['another form of answer', { response_format: { type: 'json_object' } }, 'response_format.type'],
    ['the likeliest tokens without the log-probabilities', { top_logprobs: 2 }, 'top_logprobs'],
    ['a field that it does not know', { top_k: 5 }, 'top_k'],
    [
      'a field of a message that it does not know',
      { messages: [{ role: 'user', content: PROMPT, mood: 'good' }] },
      'messages.0.mood',
    ],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      'messages.0.content.0.type',
    ],
    [
      'the answer of a tool',
      { messages: [{ role: 'tool', content: '1', tool_call_id: 'a' }] },
      'messages.0.role',
    ],
    [
      'a prompt longer than the context',
      { messages: [{ role: 'user', content: 'so '.repeat(600) }] },
      'messages',
    ],
    [
      'a text far longer than that',
      { messages: [{ role: 'user', content: 'so '.repeat(60_000) }] },
      'messages',
    ],
  ])('refuses %s, naming the parameter', async (_, more, param) => {
    const error = await ask(more).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(BadRequestError);
    expect((error as BadRequestError).param).toBe(param);
  });

  it('refuses a parameter whose name may be data, without repeating it', async () => {
    const error = (await ask({ surprising1: 1 }).catch((fault: unknown) => fault)) as BadRequestError;
    expect(error.status).toBe(400);
    expect(JSON.stringify(error)).not.toContain('surprising1');
  });

  it("gives OpenAI's client an AuthenticationError for a wrong API key", async () => {
    const { models } = clientOf('cmk_wrong');
    await expect(models.list()).rejects.toBeInstanceOf(AuthenticationError);
  });

  it('answers 404 to another model', async () => {
    await expect(ask({ model: 'gpt-5' })).rejects.toBeInstanceOf(NotFoundError);
  });

  it('stops generating when its client goes away, and lets others in', async () => {
    // More than work together, so that one that stayed would be noticed.
    for (let i = 0; i < 6; i++) {
      const stream = await client.chat.completions.create({
        model: 'demo',
        messages: [{ role: 'user', content: PROMPT }],
        max_tokens: 500,
        stream: true,
      });
      for await (const _ of stream) break;
    }
    const { usage } = await ask({ max_tokens: 1 });
    expect(usage?.completion_tokens).toBeLessThanOrEqual(1);
  });

  it('answers other requests at once while the model works', async () => {
    const answer = ask({ max_tokens: 200 });
    const waits: number[] = [];
    let isDone = false;
    void answer.then(() => {
      isDone = true;
    });
    while (!isDone) {
      const started = performance.now();
      await fetch(`${server.url}/healthz`);
      waits.push(performance.now() - started);
    }
    waits.sort((a, b) => a - b);
    // A step of the model takes milliseconds; on the server's own thread every request would wait for some.
    expect(waits.length).toBeGreaterThan(20);
    expect(waits[Math.floor(waits.length / 2)]).toBeLessThan(50);
  });

  it('answers 503 to more than may wait, and lets others in when these leave', async () => {
    const leave = new AbortController();
    setMaxListeners(50, leave.signal);
    const asked = Array.from({ length: 50 }, () =>
      client.chat.completions
        .create(
          { model: 'demo', messages: [{ role: 'user', content: PROMPT }], max_tokens: 400 },
          { signal: leave.signal },
        )
        .catch((error: unknown) => (error as { status?: number }).status),
    );
    const first = await Promise.race(asked);
    leave.abort();
    expect(first).toBe(503);
    await Promise.all(asked);
    // As soon as the server has seen them leave.
    await vi.waitFor(() => ask({ max_tokens: 1 }), { timeout: 240_000, interval: 50 });
  });
});

describe('POST /v1/completions', () => {
  it('ends before a stop sequence, streamed or not', async () => {
    const base = { model: 'demo', prompt: PROMPT, max_tokens: 200, stop: [' the', ' of', ' a'] };
    const { choices } = await client.completions.create(base);
    expect(choices[0]?.text).not.toMatch(/ the| of| a/);
    let text = '';
    let finish: string | undefined;
    for await (const chunk of await client.completions.create({ ...base, stream: true })) {
      text += chunk.choices[0]?.text ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
    }
    expect(text).not.toMatch(/ the| of| a/);
    expect(finish).toBe('stop');
  });

  it('ends its events with [DONE]', async () => {
    const response = await fetch(`${server.url}/v1/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${server.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ model: 'demo', prompt: PROMPT, max_tokens: 3, stream: true }),
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events = (await response.text()).trimEnd().split('\n\n');
    expect(events.at(-1)).toBe('data: [DONE]');
    for (const event of events.slice(0, -1)) expect(() => JSON.parse(event.slice(6))).not.toThrow();
  });

  it('goes on from nothing', async () => {
    const { usage } = await client.completions.create({ model: 'demo', prompt: '', max_tokens: 2 });
    expect(usage?.prompt_tokens).toBe(1);
  });
});

describe('GET /v1/models', () => {
  it("lists the model to OpenAI's client, and shows it", async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(['demo']);
    expect(await client.models.retrieve('demo')).toMatchObject({ object: 'model', id: 'demo' });
    await expect(client.models.retrieve('other')).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('Completions without an active key', () => {
  it('are refused: nothing is answered unmarked', async () => {
    await server.store.keys.retire(key.keyId);
    const asked = client.completions.create({ model: 'demo', prompt: PROMPT });
    await expect(asked).rejects.toBeInstanceOf(ConflictError);
    const foreign = createParams({
      tokenizer: { name: 'none', vocabSize: 4096, fingerprint: '0'.repeat(64) },
    });
    await server.store.keys.add(new WatermarkKey(foreign), 'demo', false);
    await expect(client.completions.create({ model: 'demo', prompt: PROMPT })).rejects.toBeInstanceOf(
      ConflictError,
    );
  });
});
