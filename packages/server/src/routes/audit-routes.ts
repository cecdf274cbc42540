import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { Instant, KeptText } from '../http/schemas.ts';
import { AUDIT_ACTIONS, listAudit } from '../store/audit.ts';

const PAGE = 100;
const MOST = 1000;

const Entry = z
  .strictObject({
    number: z.int().describe('grows with time'),
    at: Instant,
    actor: z
      .string()
      .describe('public id of the API key; or `command`, `server`, or `public` for those without one'),
    request: z.string().nullable().describe('id of the request, as in the log'),
    action: z.enum(AUDIT_ACTIONS),
    subject: z.string().nullable().describe('public id of the key, API key or scan that it is about'),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });

const AuditLog = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(Entry),
    next: z.int().nullable().describe('`before` of the next page; null if this is the last'),
  })
  .meta({ id: 'AuditLog' });

/** Route that reads the audit log. */
export function auditRoutes(database: Queryable): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/audit-log',
      access: 'admin',
      tag: 'audit',
      summary: 'Read the audit log, newest first',
      description:
        'What was done to keys and API keys, what keys were used for, who traced. No secret, text or account is in it.',
      query: z.strictObject({
        action: z.enum(AUDIT_ACTIONS).optional(),
        actor: KeptText.max(64).optional().describe('id of an API key, `command`, `server` or `public`'),
        subject: KeptText.max(64)
          .optional()
          .describe('id of a key, also one that was used; of an API key or a scan'),
        before: z.coerce
          .number()
          .int()
          .min(1)
          .max(Number.MAX_SAFE_INTEGER)
          .optional()
          .describe('`next` of the page before'),
        limit: z.coerce.number().int().min(1).max(MOST).default(PAGE),
      }),
      replies: { 200: { description: 'A page of it.', schema: AuditLog } },
      handle: async ({ query }) => {
        const entries = await listAudit(database, { ...query, limit: query.limit + 1 });
        const data = entries.slice(0, query.limit);
        const next = entries.length > query.limit ? (data.at(-1)?.number ?? null) : null;
        return {
          status: 200,
          json: {
            object: 'list',
            data: data.map((entry) => ({ ...entry, at: entry.at.toISOString() })),
            next,
          },
        };
      },
    }),
  ];
}
