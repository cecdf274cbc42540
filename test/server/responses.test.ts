/** `POST /v1/responses` as OpenAI's client calls it. */
import { Detector } from '@countermark/detector';
import { seededRandom, WatermarkKey } from '@countermark/watermark';
import OpenAI, { BadRequestError } from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { secretFrom } from '../support/random-key.ts';
import { startSamplingServer } from './sampling-server.ts';

const PROMPT = 'The state of the nation is';

const demo = await openDemo();
const server = await startSamplingServer();
const key = new WatermarkKey(demo.params(), secretFrom(seededRandom('responses')));
await server.store.keys.add(key, 'demo', false);
const client = new OpenAI({ apiKey: server.token, baseURL: `${server.url}/v1`, maxRetries: 0 });

afterAll(async () => {
  await demo.close();
});

describe('POST /v1/responses', () => {
  it('answers a text, and messages with instructions, and takes back what it wrote', async () => {
    const first = await client.responses.create({ model: 'demo', input: PROMPT, max_output_tokens: 6 });
    expect(first).toMatchObject({ object: 'response', error: null, store: false });
    expect(['completed', 'incomplete']).toContain(first.status);
    expect(first.usage?.input_tokens).toBe(demo.tokenizer.encode(PROMPT).length);
    const second = await client.responses.create({
      model: 'demo',
      instructions: 'Be brief.',
      input: [
        { role: 'user', content: [{ type: 'input_text', text: PROMPT }] },
        ...(first.output as OpenAI.Responses.ResponseInputItem[]),
        { role: 'user', content: 'And then' },
      ],
      max_output_tokens: 4,
      temperature: null,
      top_p: null,
      tools: [],
      tool_choice: 'none',
      metadata: null,
      previous_response_id: null,
    });
    expect(second.output_text).not.toBe('');
    expect(second.instructions).toBe('Be brief.');
  });

  it('streams events that make up the very response, marked', async () => {
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    // The model may end an answer early: a few are tried for a long one.
    for (let tries = 0; tries < 10; tries++) {
      events.length = 0;
      const stream = await client.responses.create({
        model: 'demo',
        input: PROMPT,
        max_output_tokens: 300,
        stream: true,
      });
      for await (const event of stream) events.push(event);
      if (events.length > 200) break;
    }
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, i) => i));
    expect(events.slice(0, 4).map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
    ]);
    const text = events
      .map((event) => (event.type === 'response.output_text.delta' ? event.delta : ''))
      .join('');
    const last = events.at(-1);
    if (last?.type !== 'response.incomplete' && last?.type !== 'response.completed')
      throw new Error(`it ends with ${last?.type}`);
    const [item] = last.response.output;
    expect(item).toMatchObject({ role: 'assistant', content: [{ type: 'output_text', text }] });
    expect(last.response).toMatchObject({ watermarked: true });
    const detector = new Detector([key], { tokenizers: [demo.tokenizer] });
    expect(detector.detect(text).log10PValue).toBeLessThan(-6);
    detector.close();
  });

  it("is followed by the client's own helper", async () => {
    const stream = client.responses.stream({ model: 'demo', input: PROMPT, max_output_tokens: 5 });
    const final = await stream.finalResponse();
    expect(final.output_text).not.toBe('');
  });

  it('lists log-probabilities where they are included', async () => {
    const { output } = await client.responses.create({
      model: 'demo',
      input: PROMPT,
      max_output_tokens: 4,
      include: ['message.output_text.logprobs'],
      top_logprobs: 2,
    });
    const [item] = output;
    const [part] = item?.type === 'message' ? item.content : [];
    const logprobs = part?.type === 'output_text' ? (part.logprobs ?? []) : [];
    expect(logprobs.length).toBeGreaterThan(0);
    for (const { top_logprobs } of logprobs) expect(top_logprobs).toHaveLength(2);
  });

  it.each<[string, object, string]>([
    ['what it would have to remember', { previous_response_id: 'resp_1' }, 'previous_response_id'],
    ['tools', { tools: [{ type: 'web_search' }] }, 'tools'],
    ['another form', { text: { format: { type: 'json_object' } } }, 'text.format.type'],
    ['work in the background', { background: true }, 'background'],
    ['a field that it does not know', { penalty: 1 }, 'penalty'],
    ['an item that is no message', { input: [{ type: 'item_reference', id: 'a' }] }, 'input.0.type'],
  ])('refuses %s, naming the parameter', async (_, more, param) => {
    const asked = client.responses.create({ model: 'demo', input: PROMPT, ...more });
    const error = await asked.catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(BadRequestError);
    expect((error as BadRequestError).param).toBe(param);
  });
});
