import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Caller } from '../access/scopes.ts';
import {
  ChatCompletion,
  ChatRequest,
  type CompletionRequest,
  Model,
  ModelList,
  readChatRequest,
  readTextRequest,
  TextCompletion,
  TextRequest,
} from '../completions/completion-schemas.ts';
import type { Completion, CompletionEnd, Completions } from '../completions/completions.ts';
import { toProblem } from '../http/answer-problem.ts';
import type { Metrics } from '../http/metrics.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Reply, type Route } from '../http/route.ts';
import { withoutData } from '../http/without-data.ts';

/** How an answer, or a part of one, is written. */
interface Form {
  readonly idPrefix: string;
  readonly object: string;
  choice(text: string, finishReason: CompletionEnd['finishReason']): object;
  readonly partObject: string;
  /** `isFirst` for the part before any text; a finish reason for the one after it. */
  part(text: string, isFirst: boolean, finishReason: CompletionEnd['finishReason'] | null): object;
}

const CHAT: Form = {
  idPrefix: 'chatcmpl',
  object: 'chat.completion',
  choice: (content, finish_reason) => ({
    index: 0,
    message: { role: 'assistant', content, refusal: null },
    logprobs: null,
    finish_reason,
  }),
  partObject: 'chat.completion.chunk',
  part: (content, isFirst, finish_reason) => ({
    index: 0,
    delta: isFirst ? { role: 'assistant', content } : finish_reason === null ? { content } : {},
    logprobs: null,
    finish_reason,
  }),
};

const TEXT: Form = {
  idPrefix: 'cmpl',
  object: 'text_completion',
  choice: (text, finish_reason) => ({ index: 0, text, logprobs: null, finish_reason }),
  partObject: 'text_completion',
  part: (text, _, finish_reason) => ({ index: 0, text, logprobs: null, finish_reason }),
};

const EVENT_STREAM = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  // Proxies would wait for more.
  'X-Accel-Buffering': 'no',
};

// Parts of an answer that wait for a slow client: more than it has, so that nobody else waits for that client.
const READ_AHEAD = 1_000_000;

const ACCOUNT_NOTE =
  "As OpenAI's clients call it. The account that is marked is the API key's tenant, whatever the request says of its user.";

/** What a completion's route is asked, with what was sent. */
interface Asked {
  readonly wanted: CompletionRequest;
  readonly form: Form;
  readonly isStream: boolean;
  readonly includeUsage: boolean;
  readonly caller: Caller | undefined;
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/** Routes that OpenAI's clients call, answered by the server's own model, marked. */
export function completionRoutes(completions: Completions, metrics: Metrics, logger: Logger): Route[] {
  const tag = 'completions';
  const created = Math.floor(Date.now() / 1000);
  const { id: modelId } = completions.model;
  const models: z.input<typeof Model>[] =
    modelId === undefined ? [] : [{ id: modelId, object: 'model', created, owned_by: 'countermark' }];

  async function answer(asked: Asked): Promise<Reply> {
    const { wanted, form, isStream, caller, signal } = asked;
    if (caller === undefined) throw new Error('a route with a scope has a caller');
    const completion = await completions.start(wanted, caller.tenant, signal);
    const envelope = {
      id: `${form.idPrefix}-${randomUUID()}`,
      created: Math.floor(Date.now() / 1000),
      model: wanted.model,
    };
    const count = ({ completionTokens }: CompletionEnd): void =>
      metrics.sampledTokens.inc({ engine: 'completions' }, completionTokens);
    if (!isStream) {
      const { text, end } = await collect(completion);
      count(end);
      const { finishReason } = end;
      const choices = [form.choice(text, finishReason)];
      return { status: 200, json: { ...envelope, object: form.object, choices, usage: usageOf(end) } };
    }
    const parts = { ...envelope, object: form.partObject };
    const written = events(completion, parts, asked, { count, logger });
    const stream = Readable.from(written, { highWaterMark: READ_AHEAD });
    // A client that leaves does not end what is piped to it.
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    return { status: 200, headers: EVENT_STREAM, stream };
  }

  return [
    defineRoute({
      method: 'get',
      path: '/v1/models',
      access: 'sample',
      tag,
      summary: 'List the models',
      replies: { 200: { description: 'One, or none.', schema: ModelList } },
      handle: async () => ({ status: 200, json: { object: 'list', data: models } }),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/models/{model}',
      access: 'sample',
      tag,
      summary: 'Show a model',
      params: z.object({ model: z.string() }),
      replies: { 200: { description: 'The model.', schema: Model } },
      handle: async ({ params }) => {
        const model = models.find(({ id }) => id === params.model);
        if (model === undefined)
          throw new Problem('not-found', 'the server has no such model', { param: 'model' });
        return { status: 200, json: model };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/chat/completions',
      access: 'sample',
      tag,
      summary: 'Answer messages, marked',
      description: ACCOUNT_NOTE,
      body: ChatRequest,
      replies: { 200: { description: 'The answer.', schema: ChatCompletion } },
      handle: ({ body, ...rest }) =>
        answer({ wanted: readChatRequest(body), form: CHAT, ...streamOf(body), ...rest }),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/completions',
      access: 'sample',
      tag,
      summary: 'Go on with a text, marked',
      description: ACCOUNT_NOTE,
      body: TextRequest,
      replies: { 200: { description: 'The answer.', schema: TextCompletion } },
      handle: ({ body, ...rest }) =>
        answer({ wanted: readTextRequest(body), form: TEXT, ...streamOf(body), ...rest }),
    }),
  ];
}

function streamOf({ stream, stream_options }: z.output<typeof TextRequest> | z.output<typeof ChatRequest>) {
  return { isStream: stream === true, includeUsage: stream_options?.include_usage === true };
}

async function collect(completion: Completion): Promise<{ text: string; end: CompletionEnd }> {
  let text = '';
  for (;;) {
    const { done, value } = await completion.next();
    if (done === true) return { text, end: value };
    text += value;
  }
}

/** Writes a completion as server-sent events. */
async function* events(
  completion: Completion,
  envelope: object,
  { form, includeUsage, requestId }: Asked,
  { count, logger }: { readonly count: (end: CompletionEnd) => void; readonly logger: Logger },
): AsyncGenerator<string, void, void> {
  const part = (...[text, isFirst, finishReason]: Parameters<Form['part']>): string =>
    event({
      ...envelope,
      choices: [form.part(text, isFirst, finishReason)],
      ...(includeUsage ? { usage: null } : {}),
    });
  try {
    yield part('', true, null);
    for (;;) {
      const { done, value } = await completion.next();
      if (done !== true) {
        yield part(value, false, null);
        continue;
      }
      count(value);
      yield part('', false, value.finishReason);
      if (includeUsage) yield event({ ...envelope, choices: [], usage: usageOf(value) });
      break;
    }
    yield 'data: [DONE]\n\n';
  } catch (error) {
    const problem = toProblem(error);
    if (problem.kind === 'internal')
      logger.error({ requestId, err: withoutData(error) }, 'a completion failed');
    yield event({ error: problem.toJson(requestId).error });
  }
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function usageOf({ promptTokens, completionTokens }: CompletionEnd) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
