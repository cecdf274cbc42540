/** Vercel's AI SDK and LangChain against the server, as their pages show them. Both are large, so they are installed when this runs. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { seededRandom, WatermarkKey } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { secretFrom } from '../support/random-key.ts';
import { startSamplingServer } from './sampling-server.ts';

// Outside of the workspace's dependencies, kept for the next run.
const cache = fileURLToPath(new URL('../../.cache/openai-clients', import.meta.url));
const PACKAGES = [
  'ai@6.0.325',
  '@ai-sdk/openai-compatible@2.0.92',
  '@ai-sdk/openai@3.0.141',
  '@langchain/openai@1.2.9',
  '@langchain/core@1.4.0',
  'zod@4.6.7',
];

const PROMPT = 'The state of the nation is';

const demo = await openDemo();
const server = await startSamplingServer();
const key = new WatermarkKey(demo.params(), secretFrom(seededRandom('clients')));
await server.store.keys.add(key, 'demo', false);
await demo.close();

beforeAll(() => {
  mkdirSync(cache, { recursive: true });
  if (PACKAGES.every((name) => existsSync(join(cache, 'node_modules', name.replace(/@[^@]+$/, ''))))) return;
  const options = ['install', '--prefix', cache, '--no-save', '--no-audit', '--no-fund'];
  execFileSync('npm', [...options, ...PACKAGES], { stdio: 'pipe' });
}, 300_000);

/** Runs a program that finds `baseURL`, `apiKey` and `PROMPT`, and prints one JSON value. */
async function run(name: string, program: string): Promise<unknown> {
  const path = join(cache, `${name}.mjs`);
  writeFileSync(path, `const [baseURL, apiKey, PROMPT] = process.argv.slice(2);\n${program}`);
  const child = spawn(process.execPath, [path, `${server.url}/v1`, server.token, PROMPT], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], AI_SDK_LOG_WARNINGS: 'false' },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe("Vercel's AI SDK", () => {
  it.each([
    [
      'openai-compatible',
      `import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
       const model = createOpenAICompatible({ name: 'countermark', baseURL, apiKey, includeUsage: true }).chatModel('demo');`,
    ],
    [
      'openai, by chat completions',
      `import { createOpenAI } from '@ai-sdk/openai';
       const model = createOpenAI({ baseURL, apiKey }).chat('demo');`,
    ],
    [
      'openai, by responses',
      `import { createOpenAI } from '@ai-sdk/openai';
       const model = createOpenAI({ baseURL, apiKey }).responses('demo');`,
    ],
  ])('answers, streams, goes on from its own answer and says what is refused: %s', async (name, open) => {
    const found = await run(
      name.replaceAll(/\W+/g, '-'),
      `${open}
      import { generateText, streamText, Output } from 'ai';
      import { z } from 'zod';
      const options = { model, maxRetries: 0, maxOutputTokens: 12, temperature: 0.9, topP: 0.95, providerOptions: { openai: { store: false } } };
      const first = await generateText({ ...options, system: 'Be brief.', prompt: PROMPT });
      const messages = [{ role: 'user', content: PROMPT }, ...first.response.messages, { role: 'user', content: 'And then' }];
      const second = await generateText({ ...options, messages });
      const stream = streamText({ ...options, prompt: PROMPT });
      let streamed = '';
      for await (const part of stream.textStream) streamed += part;
      const refused = await generateText({
        ...options,
        prompt: PROMPT,
        tools: { add: { description: 'adds', inputSchema: z.object({ a: z.number() }) } },
      }).catch((error) => ({ status: error.statusCode, param: JSON.parse(error.responseBody).error.param }));
      console.log(JSON.stringify({
        texts: [first.text, second.text, streamed],
        usage: [first.usage.outputTokens, second.usage.outputTokens, (await stream.usage).outputTokens],
        finish: [first.finishReason, second.finishReason, await stream.finishReason],
        refused,
      }));`,
    );
    const { texts, usage, finish, refused } = found as {
      texts: string[];
      usage: number[];
      finish: string[];
      refused: unknown;
    };
    for (const each of texts) expect(each).not.toBe('');
    for (const [i, tokens] of usage.entries()) {
      expect(tokens).toBeLessThanOrEqual(12);
      expect(finish[i]).toBe(tokens === 12 ? 'length' : 'stop');
    }
    expect(refused).toEqual({ status: 400, param: 'tools' });
  });
});

describe('LangChain', () => {
  it.each([
    ['chat completions', 'useResponsesApi: false'],
    ['responses', 'useResponsesApi: true'],
  ])('answers, streams, goes on from its own answer and says what is refused: %s', async (name, option) => {
    const found = await run(
      `langchain-${name.replaceAll(' ', '-')}`,
      `import { ChatOpenAI } from '@langchain/openai';
      import { HumanMessage, SystemMessage } from '@langchain/core/messages';
      const options = { model: 'demo', apiKey, configuration: { baseURL }, maxRetries: 0, maxTokens: 12, temperature: 0.9, ${option} };
      const chat = new ChatOpenAI(options);
      const asked = [new SystemMessage('Be brief.'), new HumanMessage(PROMPT)];
      const first = await chat.invoke(asked);
      const second = await chat.invoke([...asked, first, new HumanMessage('And then')]);
      let streamed = '';
      for await (const part of await chat.stream(asked)) streamed += part.text;
      const tool = { type: 'function', function: { name: 'add', parameters: { type: 'object', properties: {} } } };
      const refused = await chat.bindTools([tool]).invoke(asked).catch((error) => ({ status: error.status, param: error.param }));
      console.log(JSON.stringify({
        texts: [first.text, second.text, streamed],
        usage: [first.usage_metadata.output_tokens, second.usage_metadata.output_tokens],
        refused,
      }));`,
    );
    const { texts, usage, refused } = found as { texts: string[]; usage: number[]; refused: unknown };
    for (const each of texts) expect(each).not.toBe('');
    for (const tokens of usage) expect(tokens).toBeLessThanOrEqual(12);
    expect(refused).toEqual({ status: 400, param: 'tools' });
  });

  it('goes on with a text by its older class', async () => {
    const answer = await run(
      'langchain-text',
      `import { OpenAI } from '@langchain/openai';
      const model = new OpenAI({ model: 'demo', apiKey, configuration: { baseURL }, maxRetries: 0, maxTokens: 12 });
      console.log(JSON.stringify(await model.invoke(PROMPT)));`,
    );
    expect(answer).not.toBe('');
  });
});
