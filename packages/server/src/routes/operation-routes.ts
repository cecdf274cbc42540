import { z } from 'zod';
import { NoRoomError } from '../database/database-away.ts';
import { checkRoom } from '../database/room.ts';
import type { Metrics } from '../http/metrics.ts';
import type { MetricsGuard } from '../http/metrics-token.ts';
import { Problem, serverIsStopping } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { rotatedKey } from '../store/check-master-key.ts';
import type { Store } from '../store/open-store.ts';

const Health = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' });

const tag = 'operation';

/**
 * Routes that say how a server is.
 *
 * @param isReady whether new requests are wanted: not while the server stops.
 */
export function healthRoutes(
  store: Pick<Store, 'database' | 'hasMasterKey'>,
  dataDirectory: string,
  isReady: () => boolean,
): Route[] {
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
      summary:
        'Whether requests are wanted: not while the database is away, a disk is full or the server stops',
      replies: { 200: { description: 'They are.', schema: Health } },
      handle: async () => {
        if (!isReady()) throw serverIsStopping();
        await asked(async () => {
          await store.database.check();
          await checkRoom(dataDirectory);
        });
        if (!(await asked(() => store.hasMasterKey()))) throw rotatedKey();
        return { status: 200, json: { status: 'ok' } };
      },
    }),
  ];
}

/**
 * Route of what Prometheus collects.
 *
 * @param guard throws for whoever may not read it.
 */
export function metricsRoute({ registry }: Metrics, guard: MetricsGuard): Route {
  return defineRoute({
    method: 'get',
    path: '/metrics',
    access: 'open',
    tag,
    summary: 'Metrics for Prometheus',
    description:
      'Where `COUNTERMARK_METRICS_TOKEN_FILE` says so, with that token as `Authorization: Bearer`.',
    replies: { 200: { description: 'In the text format.', contentType: registry.contentType } },
    handle: async ({ request }) => {
      guard(request.get('authorization'));
      const headers = { 'Content-Type': registry.contentType };
      return { status: 200, headers, text: await registry.metrics() };
    },
  });
}

/** Asks the database, which is away where it refuses, for whatever reason. */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof NoRoomError) throw cause;
    throw new Problem('overloaded', 'the database does not answer', { cause, retryAfter: 5 });
  }
}
