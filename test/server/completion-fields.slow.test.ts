/** What the fields of OpenAI's requests do to a marked answer. */
import { seededRandom, WatermarkKey } from '@countermark/watermark';
import OpenAI from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { secretFrom } from '../support/random-key.ts';
import { startSamplingServer } from './sampling-server.ts';

const PROMPT = 'The state of the nation is';
// Of the bundled model's config.json.
const END_OF_TEXT = 4095;

const demo = await openDemo();
const server = await startSamplingServer();
const key = new WatermarkKey(demo.params(), secretFrom(seededRandom('fields')));
await server.store.keys.add(key, 'demo', false);
const client = new OpenAI({ apiKey: server.token, baseURL: `${server.url}/v1`, maxRetries: 0 });

afterAll(async () => {
  await demo.close();
});

type Choice = OpenAI.ChatCompletion.Choice & { readonly watermarked: boolean };
type Body = Record<string, unknown>;

async function ask(more: Body = {}, by = client) {
  const completion = await by.chat.completions.create({
    model: 'demo',
    messages: [{ role: 'user', content: PROMPT }],
    ...more,
  } as OpenAI.ChatCompletionCreateParamsNonStreaming);
  return { ...completion, choices: completion.choices as Choice[] };
}

const textOf = async (more: Body, by = client): Promise<string> =>
  (await ask(more, by)).choices[0]?.message.content ?? '';

/** Log-probabilities of tokens by the model itself, computed naively: docs/server.md says by which logits. */
async function naiveLogprobs(prompt: Uint32Array, tokenIds: readonly number[]): Promise<number[][]> {
  const sequence = demo.model.open();
  const rows: number[][] = [];
  let next = prompt;
  for (const tokenId of tokenIds) {
    const logits = Array.from(await sequence.append(next)).slice(0, demo.tokenizer.vocabSize);
    const largest = Math.max(...logits);
    const total = largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
    rows.push(logits.map((logit) => logit - total));
    next = Uint32Array.of(tokenId);
  }
  await sequence.close();
  return rows;
}

describe('null and neutral values', () => {
  it('mean that a field is not given', async () => {
    const neutral = {
      temperature: null,
      top_p: null,
      n: null,
      max_tokens: null,
      stop: null,
      seed: null,
      stream: null,
      stream_options: null,
      logprobs: null,
      top_logprobs: null,
      logit_bias: null,
      presence_penalty: null,
      frequency_penalty: null,
      tools: null,
      tool_choice: null,
      functions: null,
      function_call: null,
      response_format: null,
      modalities: null,
      audio: null,
      prediction: null,
      user: null,
      metadata: null,
      store: null,
      service_tier: null,
      reasoning_effort: null,
      verbosity: null,
      web_search_options: null,
      max_completion_tokens: 1,
    };
    expect((await ask(neutral)).usage?.completion_tokens).toBeLessThanOrEqual(1);
    const empty = {
      tools: [],
      tool_choice: 'none',
      functions: [],
      function_call: 'none',
      logit_bias: {},
      stop: [],
      logprobs: false,
      top_logprobs: 0,
      n: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      response_format: { type: 'text' },
      modalities: ['text'],
      max_tokens: 1,
    };
    expect((await ask(empty)).usage?.completion_tokens).toBeLessThanOrEqual(1);
  });

  it('take a message back that the server wrote', async () => {
    const { choices } = await ask({ max_tokens: 5 });
    const messages = [
      { role: 'user', content: PROMPT },
      choices[0]?.message,
      { role: 'user', content: 'And then' },
    ];
    expect((await ask({ messages, max_tokens: 3 })).choices).toHaveLength(1);
  });
});

describe('n', () => {
  it('has as many answers, each a response of its own, streamed or not', async () => {
    const { choices, usage } = await ask({ n: 3, max_tokens: 12 });
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    // Each pair is equal with probability at most 2^-16.
    expect(new Set(choices.map(({ message }) => message.content)).size).toBe(3);
    expect(usage?.completion_tokens).toBeLessThanOrEqual(36);
    const texts = ['', '', ''];
    const ends: (string | null)[] = [];
    const stream = await client.chat.completions.create({
      model: 'demo',
      messages: [{ role: 'user', content: PROMPT }],
      n: 3,
      max_tokens: 12,
      stream: true,
    });
    for await (const { choices } of stream) {
      const [choice] = choices;
      texts[choice!.index] += choice!.delta.content ?? '';
      if (choice!.finish_reason !== null) ends[choice!.index] = choice!.finish_reason;
    }
    expect(new Set(texts).size).toBe(3);
    expect(ends).toHaveLength(3);
  });
});

describe('seed', () => {
  it('has the same answer again, another for another seed, prompt or account, and one for each choice', async () => {
    const asked = { seed: 17, max_tokens: 60 };
    const first = await textOf(asked);
    expect(await textOf(asked)).toBe(first);
    expect(await textOf({ ...asked, seed: 18 })).not.toBe(first);
    const { choices } = await ask({ ...asked, n: 2 });
    expect(choices[0]?.message.content).toBe(first);
    expect(choices[1]?.message.content).not.toBe(first);
    const apiKey = (await server.authorizationOf('sample')).replace('Bearer ', '');
    const other = new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 });
    expect(await textOf(asked, other)).not.toBe(first);
  });

  it('leaves the answer marked', async () => {
    const { choices, system_fingerprint } = await ask({ seed: 3, max_tokens: 200 });
    expect(choices[0]?.watermarked).toBe(true);
    expect(system_fingerprint).toBe(`fp_${key.keyId}`);
  });
});

describe('temperature 0', () => {
  it('is answered by the likeliest tokens, and said to be unmarked, streamed or not', async () => {
    const asked = { temperature: 0, max_tokens: 20 };
    const { choices } = await ask(asked);
    expect(choices[0]?.watermarked).toBe(false);
    const text = choices[0]?.message.content ?? '';
    expect(await textOf(asked)).toBe(text);
    const prompt = demo.tokenizer.encode(PROMPT);
    const sequence = demo.model.open();
    let next: Uint32Array = prompt;
    const ids: number[] = [];
    for (let step = 0; step < 20; step++) {
      const logits = await sequence.append(next);
      const tokenId = logits.indexOf(Math.max(...logits));
      if (tokenId === END_OF_TEXT) break;
      ids.push(tokenId);
      next = Uint32Array.of(tokenId);
    }
    await sequence.close();
    expect(text).toBe(demo.tokenizer.decode(ids));
    const stream = await client.chat.completions.create({
      model: 'demo',
      messages: [{ role: 'user', content: PROMPT }],
      ...asked,
      stream: true,
    });
    let isMarked: unknown;
    for await (const { choices } of stream)
      isMarked = (choices[0] as Partial<Choice>).watermarked ?? isMarked;
    expect(isMarked).toBe(false);
  });
});

describe('logprobs', () => {
  it("are those of the model's own logits, with the likeliest tokens of each step", async () => {
    const { choices } = await ask({
      logprobs: true,
      top_logprobs: 3,
      max_tokens: 8,
      temperature: 0.7,
      seed: 5,
    });
    const content = choices[0]?.logprobs?.content ?? [];
    const text = choices[0]?.message.content ?? '';
    const bytes = content.flatMap(({ bytes }) => bytes ?? []);
    expect(Buffer.from(bytes).toString('utf8')).toBe(text);
    const ids = [...demo.tokenizer.encode(text)];
    const rows = await naiveLogprobs(demo.tokenizer.encode(PROMPT), ids);
    expect(content).toHaveLength(rows.length);
    for (const [i, row] of rows.entries()) {
      // The thread's logits and these are the same: what is left is the rounding of a sum of 4,096.
      expect(content[i]?.logprob).toBeCloseTo(row[ids[i]!]!, 6);
      const likeliest = row.toSorted((a, b) => b - a).slice(0, 3);
      const listed = content[i]?.top_logprobs.map(({ logprob }) => logprob) ?? [];
      expect(listed).toHaveLength(3);
      for (const [rank, logprob] of listed.entries()) expect(logprob).toBeCloseTo(likeliest[rank]!, 6);
    }
  });

  it('come with the parts of a stream, and with completions', async () => {
    const asked = { seed: 5, max_tokens: 8 };
    const whole = (await ask({ ...asked, logprobs: true })).choices[0]?.logprobs?.content;
    const stream = await client.chat.completions.create({
      model: 'demo',
      messages: [{ role: 'user', content: PROMPT }],
      ...asked,
      logprobs: true,
      stream: true,
    });
    const streamed: unknown[] = [];
    for await (const { choices } of stream) streamed.push(...(choices[0]?.logprobs?.content ?? []));
    expect(streamed).toEqual(whole);
    const { choices } = await client.completions.create({
      model: 'demo',
      prompt: PROMPT,
      ...asked,
      logprobs: 2,
    });
    const logprobs = choices[0]?.logprobs;
    expect(logprobs?.tokens?.join('')).toBe(choices[0]?.text);
    expect(logprobs?.token_logprobs).toEqual(whole?.map(({ logprob }) => logprob));
    expect(logprobs?.text_offset?.[1]).toBe(logprobs?.tokens?.[0]?.length);
    expect(Object.keys(logprobs?.top_logprobs?.[0] ?? {})).toHaveLength(2);
  });

  it('leave out what is behind a stop sequence', async () => {
    const { choices } = await client.completions.create({
      model: 'demo',
      prompt: PROMPT,
      max_tokens: 200,
      stop: [' the'],
      logprobs: 0,
      seed: 1,
    });
    expect(choices[0]?.logprobs?.tokens?.join('')).toBe(choices[0]?.text);
  });
});

describe('logit_bias and penalties', () => {
  it('ban a token, force one, and keep an answer from repeating itself', async () => {
    const [the = 0] = demo.tokenizer.encode(' the');
    const asked = { seed: 2, max_tokens: 120 };
    expect(await textOf(asked)).toContain(' the');
    const banned = await client.completions.create({
      model: 'demo',
      prompt: PROMPT,
      ...asked,
      logit_bias: { [the]: -100 },
      logprobs: 0,
    });
    expect(banned.choices[0]?.logprobs?.tokens).not.toContain(' the');
    const forced = await ask({ ...asked, logit_bias: { [the]: 100 } });
    expect(forced.choices[0]?.message.content).toBe(' the'.repeat(120));
    // Nothing was left to choose: what a bias decides carries no mark.
    expect(forced.choices[0]?.watermarked).toBe(false);
    const repeats = async (more: Body): Promise<number> => {
      const { choices } = await client.completions.create({
        model: 'demo',
        prompt: PROMPT,
        ...asked,
        temperature: 0.3,
        logprobs: 0,
        ...more,
      });
      const tokens = choices[0]?.logprobs?.tokens ?? [];
      return tokens.length - new Set(tokens).size;
    };
    const free = await repeats({});
    expect(free).toBeGreaterThan(10);
    expect(await repeats({ presence_penalty: 2, frequency_penalty: 2 })).toBeLessThan(free / 2);
  });
});
