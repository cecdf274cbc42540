import { z } from 'zod';
import type { Metrics } from '../http/metrics.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { KeyId } from '../http/schemas.ts';
import type { SampleLimits } from '../sampling/sample-limits.ts';
import { parseSampleRequest, SampleRequestSchema } from '../sampling/sample-request.ts';
import { STREAM_PATH } from '../sampling/sample-stream.ts';
import { samplesJson, type TokenChooser } from '../sampling/token-chooser.ts';
import { belongsTo, type WatermarkKeys } from '../store/watermark-keys.ts';

const Samples = z
  .strictObject({
    object: z.literal('samples'),
    keyId: KeyId,
    tokenIds: z.array(z.int()).describe('the token chosen for each sequence, in their order'),
    spentBits: z
      .array(z.number())
      .describe(
        'bits that each response has spent if its token is taken: the `spentBits` of its next step, where the server keeps nothing',
      ),
    steps: z
      .array(z.enum(['common', 'account', 'certain', 'free', 'start', 'repeatedContext', 'withoutContext']))
      .describe('whether each token is marked (`common`, `account`), and if not, why'),
  })
  .meta({ id: 'Samples' });

const MarkingKeyList = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(
      z.strictObject({
        keyId: KeyId,
        label: z.string(),
        contextWidth: z.int().min(1),
        tokenizer: z.strictObject({
          name: z.string(),
          vocabSize: z.int().min(1),
          fingerprint: z.string(),
        }),
      }),
    ),
  })
  .meta({ id: 'MarkingKeyList' });

/** Routes for engines that have their tokens chosen here. */
export function sampleRoutes(
  chooser: TokenChooser,
  keys: WatermarkKeys,
  metrics: Metrics,
  limits: SampleLimits,
): Route[] {
  const tag = 'sampling';
  return [
    defineRoute({
      method: 'get',
      path: '/v1/watermark/keys',
      access: 'marking',
      tag,
      summary: 'List the keys that mark',
      description: 'What an engine has to know of them, and a customer may.',
      replies: { 200: { description: 'The active keys, oldest first.', schema: MarkingKeyList } },
      handle: async ({ caller }) => {
        if (caller === undefined) throw new Error('a route with a scope has a caller');
        const active = (await keys.listRecent()).filter(
          (key) => key.status === 'active' && belongsTo(key, caller),
        );
        const data = active.map(({ keyId, label, params: { contextWidth, tokenizer } }) => ({
          keyId,
          label,
          contextWidth,
          tokenizer,
        }));
        return { status: 200, json: { object: 'list', data } };
      },
    }),
    defineRoute({
      method: 'get',
      path: STREAM_PATH,
      access: 'engine',
      tag,
      summary: 'Choose the next tokens of sequences, marked, over one WebSocket',
      description:
        'For engines of the vendor: a call marks for whichever account it names. Messages are calls with an `id`, as JSON or in a binary form: docs/server.md.',
      replies: { 101: { description: 'A WebSocket.' } },
      handle: async () => {
        throw new Problem('invalid-request', 'ask for an upgrade to a WebSocket');
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/watermark/sample',
      access: 'engine',
      tag,
      summary: 'Choose the next tokens of sequences, marked',
      description:
        'For engines of the vendor: a call marks for whichever account it names. The engine sends its candidates and takes the token that is answered. A context that already occurred in a response is not marked again: either the server remembers them by `responseId`, or `context` holds the whole response and `generated` says how much of it that is.',
      body: SampleRequestSchema,
      parse: (body) => parseSampleRequest(body, limits),
      replies: { 200: { description: 'The tokens.', schema: Samples } },
      handle: async ({ body, caller, signal }) => {
        if (caller === undefined) throw new Error('a route with a scope has a caller');
        const samples = await chooser.choose(body, caller, signal);
        metrics.sampledTokens.inc({ engine: 'http' }, samples.tokenIds.length);
        return { status: 200, json: samplesJson(samples) };
      },
    }),
  ];
}
