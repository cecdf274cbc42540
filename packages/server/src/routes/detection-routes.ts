import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import type { Caller } from '../access/scopes.ts';
import type { AccountRegister } from '../accounts/account-register.ts';
import { chooseAccounts } from '../accounts/chosen-accounts.ts';
import type { ComputePool } from '../compute/compute-pool.ts';
import type { Document } from '../compute/task.ts';
import type { Settings } from '../config.ts';
import type { Queryable } from '../database/database.ts';
import { expectClient } from '../http/client-left.ts';
import type { Metrics } from '../http/metrics.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type LengthLimit, type Reply, type Route } from '../http/route.ts';
import { atNextStep } from '../public-tier/answer-step.ts';
import type { PublicBudget } from '../public-tier/public-budget.ts';
import type { PublicDetection } from '../public-tier/public-detection.ts';
import type { SharedResults } from '../public-tier/shared-result.ts';
import { actorOf, recordAudit } from '../store/audit.ts';
import type { Detections } from '../store/detections.ts';
import type { KeyUses } from '../store/key-uses.ts';
import { mayTest, type WatermarkKeyInfo, type WatermarkKeys } from '../store/watermark-keys.ts';
import { chooseKeys } from './choose-keys.ts';
import { DetectionSchema, NewDetection, PublicDetectionSchema } from './detection-schemas.ts';
import { sharedPath } from './shared-result-routes.ts';
import { textLength } from './text-length.ts';

/** What detections need. */
export interface DetectionParts {
  readonly keys: WatermarkKeys;
  readonly register: AccountRegister;
  readonly pool: ComputePool;
  readonly budget: PublicBudget;
  readonly shared: SharedResults;
  readonly detections: Detections;
  readonly database: Queryable;
  readonly keyUses: KeyUses;
  readonly metrics: Metrics;
  readonly settings: Settings;
}

interface Asked {
  readonly body: NewDetection;
  readonly document: Document;
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/** What only an API key may ask for. */
const NOT_PUBLIC = ['regions', 'tokens', 'curve', 'accounts', 'accountSlots', 'alpha', 'minTokens'] as const;

/** Routes that test documents for marks. */
export function detectionRoutes(parts: DetectionParts): Route[] {
  const { detections } = parts;
  const tag = 'detections';
  return [
    defineRoute({
      method: 'post',
      path: '/v1/detections',
      access: 'public-detect',
      tag,
      summary: 'Test a document for marks',
      description:
        'Without an API key: for public keys, within a budget, and the answer is a PublicDetection, which says of a text that is long enough yes or no. Texts are not kept.',
      body: NewDetection,
      lengths: lengthsOf(parts.settings),
      replies: {
        200: {
          description: 'What was found; a PublicDetection where the caller has no API key.',
          schema: z.union([DetectionSchema, PublicDetectionSchema]),
        },
      },
      handle: async ({ body, caller, signal, request, requestId }) => {
        const document = documentOf(body);
        const asked = { body, document, signal, requestId };
        return caller === undefined ? detectPublicly(asked, request, parts) : detect(asked, caller, parts);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/detections/{id}',
      access: 'detect',
      tag,
      summary: 'Fetch the result of a detection again',
      description: 'Where the server keeps results: without tokens and accounts, and never the text.',
      params: z.object({ id: z.uuid().describe('id of the detection') }),
      replies: { 200: { description: 'The result.', schema: DetectionSchema } },
      handle: async ({ params, caller }) => {
        if (!detections.isOn) throw new Problem('not-found', 'this server keeps no detections');
        const found = caller && (await detections.find(params.id, caller.tenant));
        if (found === undefined) throw new Problem('not-found', 'there is no such detection, or no longer');
        return { status: 200, json: found };
      },
    }),
  ];
}

async function detect(
  { body, document, signal, requestId }: Asked,
  caller: Caller,
  parts: DetectionParts,
): Promise<Reply> {
  const { accounts, accountSlots, normalization, regions, tokens, curve, alpha, minTokens } = body;
  if (body.share === true) {
    const reason = 'only results of the public tier, without an API key, get an address';
    throw new Problem('unprocessable', reason, { param: 'share' });
  }
  checkTraceScope(body, caller);
  const visible = (await parts.keys.listRecent()).filter((key) => mayTest(key, caller));
  const { tested: keys, untested } = chooseKeys(body, visible, maxKeys(parts));
  const subject = accounts === undefined ? undefined : checkAccountKey(keys);
  if (accountSlots !== undefined) checkSlots(keys);
  const traced = accounts && (await chooseAccounts(accounts, parts.register, 'accounts'));
  const slots = accountSlots && (await chooseAccounts(accountSlots, parts.register, 'accountSlots'));
  expectClient(signal);
  if (traced !== undefined && subject !== undefined) {
    // Before anything is named: nobody traces unseen.
    const fact = { action: 'accounts.traced', subject, details: { accounts: traced.issued } } as const;
    await recordAudit(parts.database, actorOf(caller, requestId), fact);
  }
  const keyIds = keys.map(({ keyId }) => keyId);
  parts.keyUses.count(caller.apiKeyId, accounts === undefined ? 'detect' : 'trace', keyIds);
  const id = parts.detections.isOn ? randomUUID() : undefined;
  const { json, verdict, kept } = await parts.pool.run(
    {
      kind: 'detect',
      document,
      keyIds,
      normalization,
      regions: regions === true,
      tokens: tokens === true,
      curve: curve === true,
      ...(alpha === undefined ? {} : { alpha }),
      ...(minTokens === undefined ? {} : { minTokens }),
      ...(accounts === undefined || traced === undefined
        ? {}
        : { accounts: { ...traced, alpha: accounts.alpha } }),
      ...(slots === undefined ? {} : { accountSlots: slots }),
      ...(id === undefined ? {} : { id }),
      untested,
    },
    signal,
  );
  if (id !== undefined && kept !== undefined) await parts.detections.add(id, caller.tenant, kept);
  parts.metrics.verdicts.inc({ tier: 'key', verdict });
  const location = id === undefined ? {} : { Location: `/v1/detections/${id}` };
  return { status: 200, headers: location, jsonText: json };
}

async function detectPublicly(
  { body, document, signal }: Asked,
  request: Request,
  parts: DetectionParts,
): Promise<Reply> {
  const { budget, pool, metrics, shared } = parts;
  const refused = NOT_PUBLIC.find((field) => body[field] !== undefined);
  if (refused !== undefined) {
    throw new Problem('forbidden', `"${refused}" needs an API key`, { param: refused });
  }
  if (body.share === true && !shared.isOn) {
    throw new Problem('unprocessable', 'this server gives results no address', { param: 'share' });
  }
  const visible = (await parts.keys.listRecent()).filter((key) => key.public);
  const { tested: keys, untested } = chooseKeys(body, visible, maxKeys(parts));
  expectClient(signal);
  const address = request.ip ?? '';
  await budget.charge(address, document);
  parts.keyUses.count(
    'public',
    'detect',
    keys.map(({ keyId }) => keyId),
  );
  const { json, verdict } = await atNextStep(async () => {
    const { question, ...answer } = await pool.run(
      {
        kind: 'public-detect',
        document,
        keyIds: keys.map(({ keyId }) => keyId),
        normalization: body.normalization,
        salt: budget.textSalt,
        untested: untested.length,
      },
      signal,
    );
    await budget.countTuples(address, question);
    return answer;
  });
  metrics.verdicts.inc({ tier: 'public', verdict });
  if (body.share !== true || typeof document !== 'string' || verdict === 'inconclusive') {
    return { status: 200, jsonText: json };
  }
  const { digest } = await pool.run({ kind: 'digest', text: document }, signal);
  const answer = JSON.parse(json) as PublicDetection & { readonly untested?: number };
  const { minTokens, untested: left = 0 } = answer;
  const { id, expires } = shared.seal({ verdict, minTokens, keys: keys.length, untested: left, digest });
  const given = { id, path: sharedPath(id), expires: expires.toISOString() };
  return { status: 200, json: { ...answer, shared: given } };
}

function maxKeys({ settings }: DetectionParts): number {
  return settings.COUNTERMARK_MAX_KEYS;
}

function documentOf({ text, tokenIds = [] }: NewDetection): Document {
  return text ?? Uint32Array.from(tokenIds);
}

function lengthsOf(settings: Settings): Readonly<Record<string, LengthLimit>> {
  const { COUNTERMARK_MAX_TOKENS: tokens, COUNTERMARK_MAX_KEYS: keys } = settings;
  return {
    text: textLength(settings),
    tokenIds: {
      setting: 'COUNTERMARK_MAX_TOKENS',
      most: tokens,
      fault: `there are more than ${tokens} token ids`,
    },
    keyIds: { setting: 'COUNTERMARK_MAX_KEYS', most: keys, fault: `there are more than ${keys} keys` },
  };
}

function checkAccountKey(keys: readonly WatermarkKeyInfo[]): string {
  const [key, ...others] = keys;
  if (key === undefined || others.length > 0) {
    throw new Problem('unprocessable', 'accounts belong to one key: name it', { param: 'keyIds' });
  }
  if (key.params.accountShare === 0) {
    throw new Problem('unprocessable', 'the key has no account share, so no answer carries an account', {
      param: 'accounts',
    });
  }
  return key.keyId;
}

// Whoever lists an account of his choice learns how well a text fits it: that is a trace.
function checkTraceScope({ accounts, accountSlots }: NewDetection, { scopes }: Caller): void {
  const param =
    accounts !== undefined ? 'accounts' : accountSlots?.ids === undefined ? undefined : 'accountSlots';
  if (param === undefined || scopes.includes('trace')) return;
  throw new Problem('forbidden', 'the API key lacks the scope "trace"', { param });
}

function checkSlots(keys: readonly WatermarkKeyInfo[]): void {
  if (keys.some(({ params }) => params.accountShare > 0)) return;
  throw new Problem('unprocessable', 'no key gives accounts a share: there are no account slots', {
    param: 'accountSlots',
  });
}
