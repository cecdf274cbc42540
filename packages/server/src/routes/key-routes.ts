import { createParams, SHARE_PRESETS, WatermarkError, WatermarkKey } from '@countermark/watermark';
import { z } from 'zod';
import { expectClient } from '../http/client-left.ts';
import { Problem, unknownKey } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { GivenTime, Instant, KeyId, KeyLabel, ParamsSchema, SchemeSchema, Tenant } from '../http/schemas.ts';
import { actorOf } from '../store/audit.ts';
import { KeyConflictError, type WatermarkKeyInfo, type WatermarkKeys } from '../store/watermark-keys.ts';
import type { TokenizerList } from '../tokenizer-list.ts';

const Key = z
  .strictObject({
    object: z.literal('key'),
    keyId: KeyId,
    label: KeyLabel,
    tenant: Tenant.nullable().describe(
      'whose it is: nobody else marks with it, or tests for it unless it is public; null for every tenant',
    ),
    status: z.enum(['active', 'retired']).describe('active keys mark; retired ones only detect'),
    public: z.boolean().describe('whether anybody may test texts for it'),
    fingerprint: z.string().describe("the parameters' hash"),
    params: ParamsSchema,
    successorOf: KeyId.nullable(),
    created: Instant,
    retired: Instant.nullable(),
    marksUntil: Instant.nullable().describe('until when a key that was rotated marks for calls that name it'),
    archived: Instant.nullable().describe('since when it is only tested where it is named'),
    validFrom: Instant.nullable().describe('when it began to mark, if not when it was made'),
    validUntil: Instant.nullable().describe('when it ceased to, if not when it was retired'),
  })
  .meta({ id: 'Key', description: 'The public part of a vendor key.' });

const KeyList = z.strictObject({ object: z.literal('list'), data: z.array(Key) }).meta({ id: 'KeyList' });

const NewKey = z
  .strictObject({
    label: KeyLabel,
    tenant: Tenant.nullable().default(null).describe('whose it is; null for every tenant'),
    tokenizer: z.string().min(1).max(128).default('o200k_base').describe('name of a tokenizer of the server'),
    scheme: SchemeSchema.default({ kind: 'gumbel' }),
    preset: z.enum(['detect', 'trace']).optional().describe('shares for one purpose (default trace)'),
    contextWidth: z.int().min(1).max(15).optional(),
    public: z.boolean().default(false).describe('whether anybody may test texts for it'),
  })
  .meta({ id: 'NewKey' });

const KeyChange = z
  .strictObject({
    public: z.boolean().optional().describe('whether anybody may test texts for it'),
    archived: z
      .boolean()
      .optional()
      .describe('whether it is only tested where it is named; not while it is active'),
    validFrom: GivenTime.nullable().optional().describe('when it began to mark; null for when it was made'),
    validUntil: GivenTime.nullable().optional().describe('when it ceased to; null for when it was retired'),
  })
  .meta({ id: 'KeyChange' });

const KeyParams = z.object({ keyId: KeyId });

/** Routes for the vendor's keys. None ever answers with a secret. */
export function keyRoutes(keys: WatermarkKeys, tokenizers: TokenizerList, graceMs: number): Route[] {
  const tag = 'keys';
  return [
    defineRoute({
      method: 'post',
      path: '/v1/keys',
      access: 'admin',
      tag,
      summary: 'Make a key',
      description: 'The secret is made on the server, sealed under its master key, and never leaves it.',
      body: NewKey,
      replies: { 201: { description: 'The key.', schema: Key } },
      handle: async ({ body, caller, requestId, signal }) => {
        const key = new WatermarkKey(await paramsOf(body, tokenizers));
        expectClient(signal);
        const { label, tenant } = body;
        const by = actorOf(caller, requestId);
        const info = await refusingConflicts(() => keys.add(key, label, body.public, { tenant, by }));
        return { status: 201, headers: { Location: `/v1/keys/${key.keyId}` }, json: keyJson(info) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/keys',
      access: 'admin',
      tag,
      summary: 'List keys',
      replies: { 200: { description: 'All keys, oldest first.', schema: KeyList } },
      handle: async () => ({
        status: 200,
        json: { object: 'list', data: (await keys.list()).map(keyJson) },
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/keys/{keyId}',
      access: 'admin',
      tag,
      summary: 'Show a key',
      params: KeyParams,
      replies: { 200: { description: 'The key.', schema: Key } },
      handle: async ({ params }) => {
        const info = await keys.find(params.keyId);
        if (info === undefined) throw unknownKey(params.keyId);
        return { status: 200, json: keyJson(info) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/keys/{keyId}',
      access: 'admin',
      tag,
      summary: 'Publish, archive or date a key',
      description:
        'What is not given stays. A key that is archived marks no more, and is tested for only where a request names it.',
      params: KeyParams,
      body: KeyChange,
      replies: { 200: { description: 'The key.', schema: Key } },
      handle: async ({ params, body, caller, requestId }) => {
        const by = actorOf(caller, requestId);
        const info = await refusingConflicts(() => keys.change(params.keyId, body, by));
        if (info === undefined) throw unknownKey(params.keyId);
        return { status: 200, json: keyJson(info) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/keys/{keyId}/rotate',
      access: 'admin',
      tag,
      summary: 'Replace an active key by a new one of the same parameters',
      description:
        'The old one is retired, and still detects. For a while it marks for calls of engines that name it by its id; retiring it ends that.',
      params: KeyParams,
      replies: { 201: { description: 'The new key.', schema: Key } },
      handle: async ({ params, caller, requestId, signal }) => {
        if ((await keys.find(params.keyId)) === undefined) throw unknownKey(params.keyId);
        expectClient(signal);
        const by = actorOf(caller, requestId);
        const info = await refusingConflicts(() => keys.rotate(params.keyId, graceMs, by));
        return { status: 201, headers: { Location: `/v1/keys/${info.keyId}` }, json: keyJson(info) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/keys/{keyId}/retire',
      access: 'admin',
      tag,
      summary: 'Retire a key: it marks no more, and still detects',
      params: KeyParams,
      replies: { 200: { description: 'The key.', schema: Key } },
      handle: async ({ params, caller, requestId }) => {
        const by = actorOf(caller, requestId);
        const info = (await keys.retire(params.keyId, by)) ?? (await keys.find(params.keyId));
        if (info === undefined) throw unknownKey(params.keyId);
        return { status: 200, json: keyJson(info) };
      },
    }),
  ];
}

async function paramsOf(body: z.output<typeof NewKey>, tokenizers: TokenizerList) {
  const tokenizer = await tokenizers.paramsOf(body.tokenizer);
  if (tokenizer === undefined) {
    throw new Problem(
      'unprocessable',
      `the server has no tokenizer of that name: ${tokenizers.names.join(', ')}`,
      {
        param: 'tokenizer',
      },
    );
  }
  try {
    return createParams({
      tokenizer,
      scheme: body.scheme,
      ...(body.preset === undefined ? {} : SHARE_PRESETS[body.preset]),
      ...(body.contextWidth === undefined ? {} : { contextWidth: body.contextWidth }),
    });
  } catch (cause) {
    if (!(cause instanceof WatermarkError && cause.code === 'params-invalid')) throw cause;
    throw new Problem('invalid-request', cause.message, { cause });
  }
}

/** Answers 409 to what does not go with the keys that there are. */
export async function refusingConflicts<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof KeyConflictError) throw new Problem('conflict', cause.message, { cause });
    throw cause;
  }
}

function keyJson(info: WatermarkKeyInfo): z.input<typeof Key> {
  const { keyId, label, tenant, status, fingerprint, params, successorOf, created } = info;
  return {
    object: 'key',
    keyId,
    label,
    tenant,
    status,
    public: info.public,
    fingerprint,
    params,
    successorOf,
    created: created.toISOString(),
    retired: info.retired?.toISOString() ?? null,
    marksUntil: info.marksUntil?.toISOString() ?? null,
    archived: info.archived?.toISOString() ?? null,
    validFrom: info.validFrom?.toISOString() ?? null,
    validUntil: info.validUntil?.toISOString() ?? null,
  };
}
