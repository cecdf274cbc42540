/** The table of docs/server.md that says what becomes of each field of OpenAI's requests, held to the server by OpenAI's client. */
import { readFileSync } from 'node:fs';
import { WatermarkKey } from '@countermark/watermark';
import OpenAI, { BadRequestError } from 'openai';
import { describe, expect, it } from 'vitest';
import { startSamplingServer } from '../server/sampling-server.ts';
import { openDemo } from '../support/demo.ts';

const ROUTES = ['/v1/chat/completions', '/v1/completions', '/v1/responses'] as const;
type Route = (typeof ROUTES)[number];
const STATES = ['supported', 'refused', 'ignored'] as const;

interface Row {
  readonly field: string;
  readonly route: Route;
  readonly state: (typeof STATES)[number];
}

const page = readFileSync(new URL('../../docs/server.md', import.meta.url), 'utf8');
const rows: readonly Row[] = page
  .slice(page.indexOf('| field | `/v1/chat/completions` |'))
  .split('\n\n')[0]!
  .split('\n')
  .slice(2)
  .flatMap((line) => {
    const [names = '', ...cells] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return [...names.matchAll(/`(\w+)`/g)].flatMap(([, field = '']) =>
      ROUTES.flatMap((route, i) => {
        const state = STATES.find((known) => known === cells[i]);
        return state === undefined ? [] : [{ field, route, state }];
      }),
    );
  });

const TEXT = 'The state of the nation is';
const MESSAGES = [{ role: 'user', content: TEXT }];

/** Values of fields: what a supported one may say, and what a refused one may not. */
const VALUES: Readonly<Record<string, unknown>> = {
  model: 'demo',
  messages: MESSAGES,
  input: MESSAGES,
  instructions: 'Be brief.',
  max_tokens: 2,
  max_completion_tokens: 2,
  max_output_tokens: 2,
  temperature: 0.5,
  top_p: 0.5,
  n: 2,
  stop: ['x'],
  stream: false,
  seed: 1,
  presence_penalty: 1,
  frequency_penalty: -1,
  logit_bias: { 5: 10 },
  include: ['message.output_text.logprobs'],
  best_of: 2,
  echo: true,
  suffix: 'x',
  tools: [{ type: 'function', function: { name: 'f' } }],
  tool_choice: 'required',
  functions: [{ name: 'f' }],
  function_call: { name: 'f' },
  response_format: { type: 'json_object' },
  text: { format: { type: 'json_object' } },
  modalities: ['text', 'audio'],
  audio: { voice: 'alloy', format: 'wav' },
  web_search_options: {},
  previous_response_id: 'resp_1',
  conversation: 'conv_1',
  context_management: [{ type: 'compaction' }],
  background: true,
  truncation: 'auto',
};
const VALUES_BY_ROUTE: Readonly<Record<string, unknown>> = {
  'prompt /v1/completions': TEXT,
  'prompt /v1/responses': { id: 'pmpt_1' },
  'logprobs /v1/chat/completions': true,
  'logprobs /v1/completions': 2,
  'stream_options /v1/responses': { include_obfuscation: false },
  'stream_options /v1/chat/completions': { include_usage: true },
  'stream_options /v1/completions': { include_usage: true },
  'top_logprobs /v1/chat/completions': 2,
  'top_logprobs /v1/responses': 2,
};

const demo = await openDemo();
const server = await startSamplingServer();
await server.store.keys.add(new WatermarkKey(demo.params()), 'demo', false);
await demo.close();
const client = new OpenAI({ apiKey: server.token, baseURL: server.url, maxRetries: 0 });
const document = (await server.call('/openapi.json')).json as {
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties: object }>> };
};

function bodyOf({ field, route }: Row): Readonly<Record<string, unknown>> {
  const least =
    route === '/v1/chat/completions'
      ? { messages: MESSAGES, max_tokens: 1 }
      : route === '/v1/completions'
        ? { prompt: TEXT, max_tokens: 1 }
        : { input: TEXT, max_output_tokens: 1 };
  const together = field === 'top_logprobs' && route === '/v1/chat/completions' ? { logprobs: true } : {};
  const value = VALUES_BY_ROUTE[`${field} ${route}`] ?? VALUES[field] ?? 'anything';
  return { model: 'demo', ...least, ...together, [field]: value };
}

describe("the table of fields of OpenAI's requests", () => {
  it.each([
    ['/v1/chat/completions', 'ChatCompletionRequest'],
    ['/v1/completions', 'CompletionRequest'],
    ['/v1/responses', 'ResponseRequest'],
  ])('has each field of %s', (route, schema) => {
    const listed = rows.filter((row) => row.route === route).map(({ field }) => field);
    const known = Object.keys(document.components.schemas[schema]?.properties ?? {});
    expect(listed.toSorted()).toEqual(known.toSorted());
  });

  it.each(rows.map((row) => [row.route, row.field, row.state, row] as const))(
    '%s: `%s` is %s',
    async (route, field, state, row) => {
      const asked = client.post(route, { body: bodyOf(row) });
      if (state === 'refused') {
        const error = await asked.catch((fault: unknown) => fault);
        expect(error).toBeInstanceOf(BadRequestError);
        expect((error as BadRequestError).param?.split('.')[0]).toBe(field);
      } else await expect(asked).resolves.toHaveProperty('system_fingerprint');
    },
  );

  it.each(rows.map((row) => [row.route, row.field, row] as const))(
    '%s: null is no `%s`',
    async (route, field, row) => {
      const needed = ['model', 'messages', 'prompt', 'input'];
      if (needed.includes(field) && row.state === 'supported') return;
      const asked = client.post(route, { body: { ...bodyOf({ ...row, field: 'user' }), [field]: null } });
      await expect(asked).resolves.toHaveProperty('system_fingerprint');
    },
  );
});
