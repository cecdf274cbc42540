import { TextDecoder } from 'node:util';
import type { Request } from 'express';
import { z } from 'zod';
import type { AccountStore } from '../accounts/account-store.ts';
import { readAccountLines } from '../accounts/read-account-lines.ts';
import type { Settings } from '../config.ts';
import { expectClient } from '../http/client-left.ts';
import { parseRequest } from '../http/parse-request.ts';
import { Problem } from '../http/problem.ts';
import { readJson } from '../http/read-json.ts';
import { readBody } from '../http/request-body.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { Instant } from '../http/schemas.ts';
import { AccountIdList } from './account-schemas.ts';

const LINES = 'application/x-ndjson';
/** Lines that are worked at together. */
const BATCH = 500;
const PAGE = 100;
const MOST_A_PAGE = 1000;

const GivenAccounts = z
  .strictObject({ ids: AccountIdList.describe('different or not: what is there already stays') })
  .meta({ id: 'GivenAccounts' });

const counts = {
  registered: z.int().min(0).describe('accounts that are there now'),
  issued: z
    .int()
    .min(0)
    .describe('accounts that ever were, removed ones included: what p-values are corrected for'),
};

const AddedAccounts = z
  .strictObject({
    object: z.literal('accounts-added'),
    added: z.int().min(0).describe('those that are new'),
    ...counts,
  })
  .meta({ id: 'AddedAccounts' });

const RemovedAccounts = z
  .strictObject({
    object: z.literal('accounts-removed'),
    removed: z.int().min(0).describe('those that were there'),
    ...counts,
  })
  .meta({ id: 'RemovedAccounts' });

const AccountPage = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(z.strictObject({ id: z.string(), number: z.int().min(1), created: Instant })),
    next: z.string().nullable().describe('`after` of the next page; null on the last'),
    ...counts,
  })
  .meta({ id: 'AccountPage' });

const Cursor = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a "next" of an earlier page')
  .transform(Number);

const BODIES = {
  'application/json': GivenAccounts,
  [LINES]: 'An account a line: its id as a JSON string, or an object with the member `id`.',
};

/** Routes for the accounts that texts are traced to. Ids are in bodies alone: an address is in logs of others. */
export function accountRoutes(accounts: AccountStore, settings: Settings): Route[] {
  const tag = 'accounts';
  const countsNow = async () => {
    const { registered, issued } = await accounts.counts();
    return { registered, issued };
  };
  return [
    defineRoute({
      method: 'post',
      path: '/v1/accounts',
      access: 'accounts',
      tag,
      summary: 'Register accounts',
      description:
        'A list in JSON, or JSON Lines of any length. Of an upload that fails, the lines before may be registered; sending it again changes nothing for those.',
      body: { raw: BODIES },
      replies: { 200: { description: 'How many are new, and how many there are.', schema: AddedAccounts } },
      handle: async ({ request, signal }) => {
        let added = 0;
        for await (const ids of readIds(request, settings)) {
          expectClient(signal);
          added += await accounts.add(ids);
        }
        return { status: 200, json: { object: 'accounts-added', added, ...(await countsNow()) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/accounts/remove',
      access: 'accounts',
      tag,
      summary: 'Remove accounts',
      description:
        'Nothing is kept of them but that they were issued: p-values go on to be corrected for them. Texts that were marked for them name nobody.',
      body: { raw: BODIES },
      replies: { 200: { description: 'How many were there, and how many are.', schema: RemovedAccounts } },
      handle: async ({ request, signal }) => {
        let removed = 0;
        for await (const ids of readIds(request, settings)) {
          expectClient(signal);
          removed += await accounts.remove(ids);
        }
        return { status: 200, json: { object: 'accounts-removed', removed, ...(await countsNow()) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/accounts',
      access: 'accounts',
      tag,
      summary: 'List accounts, in the order in which they were registered',
      query: z.strictObject({
        after: Cursor.optional().describe('`next` of the page before'),
        limit: z.coerce.number().int().min(1).max(MOST_A_PAGE).default(PAGE),
      }),
      replies: { 200: { description: 'A page of them.', schema: AccountPage } },
      handle: async ({ query: { after = 0, limit } }) => {
        const page = await accounts.list(after, limit + 1);
        const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
        const data = page.slice(0, limit).map(({ id, number, created }) => ({
          id: decoder.decode(id),
          number,
          created: created.toISOString(),
        }));
        const next = page.length > limit ? String(data.at(-1)?.number ?? 0) : null;
        return {
          status: 200,
          json: { object: 'list', data, next, ...(await countsNow()) },
        };
      },
    }),
  ];
}

/** Yields the ids of a body, some at a time. */
async function* readIds(request: Request, settings: Settings): AsyncGenerator<readonly string[], void, void> {
  const { COUNTERMARK_MAX_BODY_BYTES: maxJson, COUNTERMARK_MAX_UPLOAD_BYTES: maxBytes } = settings;
  const { COUNTERMARK_BODY_MS: ms } = settings;
  if (request.is('application/json') !== false) {
    const json = await readJson(request, { maxBytes: maxJson, ms });
    const { ids } = parseRequest(GivenAccounts, json, 'body') as z.output<typeof GivenAccounts>;
    yield ids;
    return;
  }
  if (request.is(LINES) === false) {
    throw new Problem('unsupported-media-type', `the body is not of a type application/json or ${LINES}`);
  }
  if ((request.get('content-encoding') ?? 'identity') !== 'identity') {
    throw new Problem('unsupported-media-type', 'a list of accounts cannot be compressed');
  }
  const setting = 'COUNTERMARK_MAX_UPLOAD_BYTES';
  const body = readBody(request, { maxBytes, setting, what: 'list', time: { of: 'rest', ms } });
  yield* readAccountLines(body, BATCH);
}
