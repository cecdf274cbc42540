import { z } from 'zod';
import type { Settings } from '../config.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { Instant, KeyId, ParamsSchema } from '../http/schemas.ts';
import { periodOf, type WatermarkKeyInfo, type WatermarkKeys } from '../store/watermark-keys.ts';

const Limits = z
  .strictObject({
    bodyBytes: z.int(),
    textCharacters: z.int(),
    tokens: z.int(),
    keys: z.int(),
    sequences: z.int(),
    candidates: z.int(),
    contextTokens: z.int().describe('of all sequences of a call that samples'),
    uploadBytes: z.int(),
    timeMs: z.int(),
    publicDetectionsPerHour: z.int().nullable().describe('of a client; null where there is no public tier'),
    publicDetectionsPerHourOfAll: z.int().nullable().describe('of all clients together'),
  })
  .meta({ id: 'Limits' });

const WellKnown = z
  .strictObject({
    object: z.literal('countermark-server'),
    version: z.string(),
    keys: z
      .array(
        z.strictObject({
          keyId: KeyId,
          label: z.string(),
          status: z.enum(['active', 'retired']),
          archived: z.boolean().describe('whether it is only tested where it is named'),
          validFrom: Instant.describe('when it began to mark'),
          validUntil: Instant.nullable().describe('when it ceased to; null while it does'),
          fingerprint: z.string(),
          params: ParamsSchema,
        }),
      )
      .describe('keys that anybody may test texts for'),
    limits: Limits,
    endpoints: z.record(z.string(), z.string()),
  })
  .meta({ id: 'WellKnown' });

/** Route that says what the public may know of a server. */
export function wellKnownRoute(keys: WatermarkKeys, settings: Settings, version: string): Route {
  return defineRoute({
    method: 'get',
    path: '/.well-known/countermark.json',
    access: 'open',
    tag: 'public',
    summary: 'Public parameters, key ids, limits and where to verify',
    replies: { 200: { description: 'What anybody may know.', schema: WellKnown } },
    handle: async () => {
      const isPublic = settings.COUNTERMARK_PUBLIC;
      const all = await keys.list();
      const json: z.input<typeof WellKnown> = {
        object: 'countermark-server',
        version,
        keys: all.filter((key) => isPublic && key.public).map(publicPart),
        limits: {
          bodyBytes: settings.COUNTERMARK_MAX_BODY_BYTES,
          textCharacters: settings.COUNTERMARK_MAX_TEXT_CHARACTERS,
          tokens: settings.COUNTERMARK_MAX_TOKENS,
          keys: settings.COUNTERMARK_MAX_KEYS,
          sequences: settings.COUNTERMARK_MAX_SEQUENCES,
          candidates: settings.COUNTERMARK_MAX_CANDIDATES,
          contextTokens: settings.COUNTERMARK_MAX_CONTEXT_TOKENS,
          uploadBytes: settings.COUNTERMARK_MAX_UPLOAD_BYTES,
          timeMs: settings.COUNTERMARK_TIME_LIMIT_MS,
          publicDetectionsPerHour: isPublic ? settings.COUNTERMARK_PUBLIC_BUDGET : null,
          publicDetectionsPerHourOfAll: isPublic ? settings.COUNTERMARK_PUBLIC_TOTAL : null,
        },
        endpoints: { detections: '/v1/detections', openapi: '/openapi.json', documentation: '/docs' },
      };
      return { status: 200, json };
    },
  });
}

function publicPart(key: WatermarkKeyInfo): z.input<typeof WellKnown>['keys'][number] {
  const { keyId, label, status, fingerprint, params } = key;
  const [from, until] = periodOf(key);
  return {
    keyId,
    label,
    status,
    archived: key.archived !== null,
    validFrom: from.toISOString(),
    validUntil: until?.toISOString() ?? null,
    fingerprint,
    params,
  };
}
