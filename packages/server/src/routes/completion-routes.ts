import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Caller } from '../access/scopes.ts';
import { type AccountSource, accountOf, type NamingRequest } from '../accounts/named-account.ts';
import { ChatCompletion, ChatRequest, readChatRequest } from '../completions/chat-schemas.ts';
import { collectChoices } from '../completions/collect-choices.ts';
import {
  completionEvents,
  type EventParts,
  responseEvents,
  usageOf,
} from '../completions/completion-events.ts';
import { CHAT, type Form, TEXT } from '../completions/completion-forms.ts';
import type { CompletionRequest } from '../completions/completion-request.ts';
import type { Completion, Completions } from '../completions/completions.ts';
import { Model, ModelList } from '../completions/model-schemas.ts';
import { ResponseForm } from '../completions/response-form.ts';
import { ResponseObject, ResponseRequest, readResponseRequest } from '../completions/response-schemas.ts';
import { readTextRequest, TextCompletion, TextRequest } from '../completions/text-schemas.ts';
import type { Metrics } from '../http/metrics.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Reply, type Route } from '../http/route.ts';

const EVENT_STREAM = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  // Proxies would wait for more.
  'X-Accel-Buffering': 'no',
};

// Parts of an answer that wait for a slow client: more than it has, so that nobody else waits for that client.
const READ_AHEAD = 1_000_000;

const ACCOUNT_NOTE =
  "As OpenAI's clients call it. The account that is marked is the API key's tenant, unless the key has the scope `engine` as well and names another where the server's setting `COUNTERMARK_ACCOUNT_FROM` says.";

/** What a completion's route is asked, with what was sent. */
interface Asked {
  readonly wanted: CompletionRequest;
  readonly isStream: boolean;
  readonly body: NamingRequest['body'];
  readonly request: NamingRequest['request'];
  readonly caller: Caller | undefined;
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/** How what came of it is written. */
interface Writer {
  whole(completion: Completion, parts: EventParts): Promise<object>;
  events(completion: Completion, parts: EventParts): AsyncGenerator<string, void, void>;
}

/** What completions are answered with. */
export interface CompletionParts {
  readonly completions: Completions;
  readonly accountSource: AccountSource;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Routes that OpenAI's clients call, answered by the server's own model, marked. */
export function completionRoutes({ completions, accountSource, metrics, logger }: CompletionParts): Route[] {
  const tag = 'completions';
  const created = Math.floor(Date.now() / 1000);
  const { id: modelId } = completions.model;
  const models: z.input<typeof Model>[] =
    modelId === undefined ? [] : [{ id: modelId, object: 'model', created, owned_by: 'countermark' }];

  async function answer(asked: Asked, writer: Writer): Promise<Reply> {
    const { wanted, isStream, body, request, caller, signal, requestId } = asked;
    if (caller === undefined) throw new Error('a route with a scope has a caller');
    const accountId = accountOf(accountSource, { body, request, caller });
    const completion = await completions.start(wanted, { caller, accountId }, signal);
    const parts: EventParts = {
      hasLogprobs: wanted.logprobs !== undefined,
      requestId,
      count: ({ completionTokens }) => metrics.sampledTokens.inc({ engine: 'completions' }, completionTokens),
      logger,
    };
    if (!isStream) return { status: 200, json: await writer.whole(completion, parts) };
    const stream = Readable.from(writer.events(completion, parts), { highWaterMark: READ_AHEAD });
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
        answer({ wanted: readChatRequest(body), ...streamOf(body), body, ...rest }, writerOf(CHAT, body)),
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
        answer({ wanted: readTextRequest(body), ...streamOf(body), body, ...rest }, writerOf(TEXT, body)),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/responses',
      access: 'sample',
      tag,
      summary: 'Answer messages, marked, as the newer API has it',
      description: `${ACCOUNT_NOTE} Nothing is kept: a response cannot be fetched, or gone on from by its id.`,
      body: ResponseRequest,
      replies: { 200: { description: 'The response.', schema: ResponseObject } },
      handle: ({ body, ...rest }) =>
        answer({ wanted: readResponseRequest(body), ...streamOf(body), body, ...rest }, responseWriter(body)),
    }),
  ];
}

function streamOf({ stream }: { readonly stream?: boolean | null | undefined }) {
  return { isStream: stream === true };
}

function writerOf(
  form: Form,
  { model, stream_options }: z.output<typeof TextRequest> | z.output<typeof ChatRequest>,
): Writer {
  const envelopeOf = ({ keyId }: Completion) => ({
    id: `${form.idPrefix}-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: `fp_${keyId}`,
  });
  return {
    async whole(completion, { hasLogprobs, count }) {
      const { choices, end } = await collectChoices(completion, hasLogprobs);
      count(end);
      const { object } = form;
      return {
        ...envelopeOf(completion),
        object,
        choices: choices.map((choice) => form.choice(choice)),
        usage: usageOf(end),
      };
    },
    events(completion, parts) {
      const envelope = { ...envelopeOf(completion), object: form.partObject };
      const includeUsage = stream_options?.include_usage === true;
      return completionEvents(completion, { form, envelope, includeUsage }, parts);
    },
  };
}

function responseWriter(body: z.output<typeof ResponseRequest>): Writer {
  return {
    async whole(completion, { count }) {
      const { choices, end: usage } = await collectChoices(completion, true);
      count(usage);
      const [choice] = choices;
      if (choice === undefined) throw new Error('a completion has an answer');
      return new ResponseForm(body, completion.keyId).whole(choice.text, choice.tokens, choice.end, usage);
    },
    events: (completion, parts) =>
      responseEvents(completion, new ResponseForm(body, completion.keyId), parts),
  };
}
