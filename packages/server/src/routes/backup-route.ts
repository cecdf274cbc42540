import { backUpForReading } from '../backup/make-backup.ts';
import type { Database } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { actorOf } from '../store/audit.ts';

const RETRY_S = 10;

/**
 * Route that hands out a backup while the server runs.
 *
 * @param data directory with room for one.
 */
export function backupRoute(database: Database, data: string): Route {
  let isBusy = false;
  return defineRoute({
    method: 'get',
    path: '/v1/backup',
    access: 'admin',
    tag: 'backup',
    summary: 'Back up all that the database holds, at one moment',
    description:
      'For `countermark restore`. Vendor keys stay sealed under the master key, which is not in it: keep that elsewhere. Results of scans are files below `scans` of the data directory, and not in it: its first line says of how many scans.',
    replies: { 200: { description: 'The backup.', contentType: 'application/gzip' } },
    handle: async ({ caller, requestId, request }) => {
      if (request.method === 'HEAD') return { status: 200, headers: { 'Content-Type': 'application/gzip' } };
      if (isBusy) throw new Problem('overloaded', 'a backup is being made', { retryAfter: RETRY_S });
      isBusy = true;
      try {
        const file = await backUpForReading(database, data, actorOf(caller, requestId));
        const { size } = await file.stat();
        const day = new Date().toISOString().slice(0, 10);
        return {
          status: 200,
          headers: {
            'Content-Type': 'application/gzip',
            'Content-Length': String(size),
            'Content-Disposition': `attachment; filename="countermark-${day}.backup.gz"`,
          },
          stream: file.createReadStream({ start: 0 }),
        };
      } finally {
        isBusy = false;
      }
    },
  });
}
