import { z } from 'zod';
import { SCOPE_MEANINGS, SCOPES } from '../access/scopes.ts';
import { expectClient } from '../http/client-left.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { ApiKeyId, GivenTime, Instant, KeptName, Tenant } from '../http/schemas.ts';
import type { ApiKeyInfo, ApiKeys } from '../store/api-keys.ts';
import { actorOf } from '../store/audit.ts';

const Label = KeptName.min(1).max(200).describe('whose it is, or what for');
const Scope = z.enum(SCOPES).describe(
  Object.entries(SCOPE_MEANINGS)
    .map(([scope, meaning]) => `${scope}: ${meaning}`)
    .join('; '),
);
const Expiry = GivenTime.nullable().describe('when it ceases to be valid; null for never');

const ApiKey = z
  .strictObject({
    object: z.literal('api-key'),
    id: ApiKeyId,
    label: z.string(),
    tenant: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    created: Instant,
    expires: Instant.nullable(),
    revoked: Instant.nullable(),
  })
  .meta({ id: 'ApiKey', description: 'What is known of an API key, never its token.' });

const MadeApiKey = ApiKey.extend({
  token: z.string().describe('what clients send as `Authorization: Bearer`; shown this once'),
}).meta({ id: 'MadeApiKey' });

const ApiKeyList = z
  .strictObject({ object: z.literal('list'), data: z.array(ApiKey) })
  .meta({ id: 'ApiKeyList' });

const NewApiKey = z
  .strictObject({
    label: Label,
    scopes: z.array(Scope).min(1).max(SCOPES.length),
    tenant: Tenant.optional().describe('whose scans and detections it sees (default one of its own)'),
    expires: Expiry.optional(),
  })
  .meta({ id: 'NewApiKey' });

const ApiKeyChange = z
  .strictObject({ label: Label.optional(), expires: Expiry.optional() })
  .meta({ id: 'ApiKeyChange' });

const Params = z.object({ id: ApiKeyId });

/** Routes for API keys: the commands' work, while a server has the store open. */
export function apiKeyRoutes(apiKeys: ApiKeys): Route[] {
  const tag = 'api-keys';
  const found = (info: ApiKeyInfo | undefined, id: string): ApiKeyInfo => {
    if (info === undefined) throw new Problem('not-found', `there is no API key ${id}`, { param: 'id' });
    return info;
  };
  return [
    defineRoute({
      method: 'post',
      path: '/v1/api-keys',
      access: 'admin',
      tag,
      summary: 'Make an API key',
      description: 'The answer has its token, which is not shown again: the server keeps a hash of it.',
      body: NewApiKey,
      replies: { 201: { description: 'The API key, with its token.', schema: MadeApiKey } },
      handle: async ({ body, caller, requestId, signal }) => {
        const { label, scopes, tenant, expires } = body;
        if (expires instanceof Date) expectFuture(expires);
        expectClient(signal);
        const by = actorOf(caller, requestId);
        const made = await apiKeys.create(label, [...new Set(scopes)], { tenant, expires, by });
        const { id, token, info } = made;
        return {
          status: 201,
          headers: { Location: `/v1/api-keys/${id}` },
          json: { ...apiKeyJson(info), token },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/api-keys',
      access: 'admin',
      tag,
      summary: 'List API keys',
      replies: {
        200: { description: 'All of them, oldest first, revoked ones too.', schema: ApiKeyList },
      },
      handle: async () => ({
        status: 200,
        json: { object: 'list', data: (await apiKeys.list()).map(apiKeyJson) },
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/api-keys/{id}',
      access: 'admin',
      tag,
      summary: 'Show an API key',
      params: Params,
      replies: { 200: { description: 'The API key.', schema: ApiKey } },
      handle: async ({ params: { id } }) => ({
        status: 200,
        json: apiKeyJson(found(await apiKeys.find(id), id)),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/api-keys/{id}',
      access: 'admin',
      tag,
      summary: 'Say how long an API key is valid, or what it is called',
      description: 'What is not given stays. A time that has passed ends it.',
      params: Params,
      body: ApiKeyChange,
      replies: { 200: { description: 'The API key.', schema: ApiKey } },
      handle: async ({ params: { id }, body, caller, requestId }) => ({
        status: 200,
        json: apiKeyJson(found(await apiKeys.change(id, body, actorOf(caller, requestId)), id)),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/api-keys/{id}/revoke',
      access: 'admin',
      tag,
      summary: 'Revoke an API key',
      description:
        'At once on the server that is asked, within a second on others of its database. There is no way back.',
      params: Params,
      replies: { 200: { description: 'The API key.', schema: ApiKey } },
      handle: async ({ params: { id }, caller, requestId }) => {
        await apiKeys.revoke(id, actorOf(caller, requestId));
        return { status: 200, json: apiKeyJson(found(await apiKeys.find(id), id)) };
      },
    }),
  ];
}

function expectFuture(expires: Date): void {
  if (expires.getTime() > Date.now()) return;
  throw new Problem('unprocessable', '"expires" has passed', { param: 'expires' });
}

function apiKeyJson({ id, label, tenant, scopes, ...info }: ApiKeyInfo): z.input<typeof ApiKey> {
  return {
    object: 'api-key',
    id,
    label,
    tenant,
    scopes: [...scopes],
    created: info.created.toISOString(),
    expires: info.expires?.toISOString() ?? null,
    revoked: info.revoked?.toISOString() ?? null,
  };
}
