import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import type { Caller } from '../access/scopes.ts';
import type { ComputePool } from '../compute/compute-pool.ts';
import type { Document } from '../compute/task.ts';
import type { Settings } from '../config.ts';
import { expectClient } from '../http/client-left.ts';
import type { Metrics } from '../http/metrics.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type LengthLimit, type Reply, type Route } from '../http/route.ts';
import { atNextStep } from '../public-tier/answer-step.ts';
import type { PublicBudget } from '../public-tier/public-budget.ts';
import type { Detections } from '../store/detections.ts';
import type { WatermarkKeyInfo, WatermarkKeys } from '../store/watermark-keys.ts';
import { chooseKeys } from './choose-keys.ts';
import { DetectionSchema, NewDetection, PublicDetectionSchema } from './detection-schemas.ts';

/** What detections need. */
export interface DetectionParts {
  readonly keys: WatermarkKeys;
  readonly pool: ComputePool;
  readonly budget: PublicBudget;
  readonly detections: Detections;
  readonly metrics: Metrics;
  readonly settings: Settings;
}

interface Asked {
  readonly body: NewDetection;
  readonly document: Document;
  readonly signal: AbortSignal;
}

/** What only an API key may ask for. */
const NOT_PUBLIC = ['regions', 'tokens', 'curve', 'accounts', 'alpha', 'minTokens'] as const;

const JSON_TYPE = { 'Content-Type': 'application/json' };

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
      handle: async ({ body, caller, signal, request }) => {
        const document = documentOf(body);
        const asked = { body, document, signal };
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
  { body, document, signal }: Asked,
  caller: Caller,
  parts: DetectionParts,
): Promise<Reply> {
  const { accounts, normalization, regions, tokens, curve, alpha, minTokens } = body;
  if (accounts !== undefined && !caller.scopes.includes('trace')) {
    throw new Problem('forbidden', 'the API key lacks the scope "trace"', { param: 'accounts' });
  }
  const { tested: keys, untested } = chooseKeys(body, await parts.keys.listRecent(), maxKeys(parts));
  if (accounts !== undefined) checkAccountKey(keys);
  const id = parts.detections.isOn ? randomUUID() : undefined;
  const { json, verdict, kept } = await parts.pool.run(
    {
      kind: 'detect',
      document,
      keyIds: keys.map(({ keyId }) => keyId),
      normalization,
      regions: regions === true,
      tokens: tokens === true,
      curve: curve === true,
      ...(alpha === undefined ? {} : { alpha }),
      ...(minTokens === undefined ? {} : { minTokens }),
      ...(accounts === undefined ? {} : { accounts: withoutUndefined(accounts) }),
      ...(id === undefined ? {} : { id }),
      untested,
    },
    signal,
  );
  if (id !== undefined && kept !== undefined) await parts.detections.add(id, caller.tenant, kept);
  parts.metrics.verdicts.inc({ tier: 'key', verdict });
  const location = id === undefined ? {} : { Location: `/v1/detections/${id}` };
  return { status: 200, headers: { ...JSON_TYPE, ...location }, text: json };
}

async function detectPublicly(
  { body, document, signal }: Asked,
  request: Request,
  parts: DetectionParts,
): Promise<Reply> {
  const { budget, pool, metrics } = parts;
  const refused = NOT_PUBLIC.find((field) => body[field] !== undefined);
  if (refused !== undefined) {
    throw new Problem('forbidden', `"${refused}" needs an API key`, { param: refused });
  }
  const visible = (await parts.keys.listRecent()).filter((key) => key.public);
  const { tested: keys, untested } = chooseKeys(body, visible, maxKeys(parts));
  expectClient(signal);
  const address = request.ip ?? '';
  await budget.charge(address, document);
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
  return { status: 200, headers: JSON_TYPE, text: json };
}

function maxKeys({ settings }: DetectionParts): number {
  return settings.COUNTERMARK_MAX_KEYS;
}

function documentOf({ text, tokenIds = [] }: NewDetection): Document {
  return text ?? Uint32Array.from(tokenIds);
}

/** Says how long a text may be. */
export function textLength({ COUNTERMARK_MAX_TEXT_CHARACTERS: most }: Settings): LengthLimit {
  const setting = 'COUNTERMARK_MAX_TEXT_CHARACTERS';
  return { setting, most, fault: `the text has more than ${most} characters` };
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

function checkAccountKey(keys: readonly WatermarkKeyInfo[]): void {
  const [key, ...others] = keys;
  if (others.length > 0) {
    throw new Problem('unprocessable', 'accounts belong to one key: name it', { param: 'keyIds' });
  }
  if (key?.params.accountShare === 0) {
    throw new Problem('unprocessable', 'the key has no account share, so no answer carries an account', {
      param: 'accounts',
    });
  }
}

function withoutUndefined({ ids, issued, alpha }: NonNullable<NewDetection['accounts']>) {
  return { ids, alpha, ...(issued === undefined ? {} : { issued }) };
}
