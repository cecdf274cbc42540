import { z } from 'zod';
import type { Metrics } from '../http/metrics.ts';
import { Problem, serverIsStopping } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Database } from '../store/database.ts';

const Health = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' });

/** Routes for those who run the server. */
export function operationRoutes({
  database,
  metrics,
  isReady,
}: {
  readonly database: Database;
  readonly metrics: Metrics;
  /** Whether new requests are wanted: not while the server stops. */
  readonly isReady: () => boolean;
}): Route[] {
  const tag = 'operation';
  return [
    defineRoute({
      method: 'get',
      path: '/healthz',
      access: 'open',
      tag,
      summary: 'Whether the process answers',
      replies: { 200: { description: 'It does.', schema: Health } },
      handle: async () => ({ status: 200, json: { status: 'ok' } }),
    }),
    defineRoute({
      method: 'get',
      path: '/readyz',
      access: 'open',
      tag,
      summary: 'Whether requests are wanted: not while the database is away or the server stops',
      replies: { 200: { description: 'They are.', schema: Health } },
      handle: async () => {
        if (!isReady()) throw serverIsStopping();
        try {
          await database.query('select 1');
        } catch (cause) {
          throw new Problem('overloaded', 'the database does not answer', { cause, retryAfter: 5 });
        }
        return { status: 200, json: { status: 'ok' } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/metrics',
      access: 'open',
      tag,
      summary: 'Metrics for Prometheus',
      replies: { 200: { description: 'In the text format.', contentType: metrics.registry.contentType } },
      handle: async () => ({
        status: 200,
        headers: { 'Content-Type': metrics.registry.contentType },
        text: await metrics.registry.metrics(),
      }),
    }),
  ];
}
