/** What requests for scans and for audits have in common: pages, events, reports as files. */
import { open as openFile } from 'node:fs/promises';
import { codeOf } from '@countermark/host/files';
import type { Request } from 'express';
import { z } from 'zod';
import type { Caller } from '../access/scopes.ts';
import { apiKeyIsMissing, Problem } from '../http/problem.ts';
import type { Reply } from '../http/route.ts';
import { eventStream, type Followed, hasEnded } from '../jobs/event-stream.ts';

const PAGE = 50;
const RETRY_S = 5;

/** The id in a path. */
export const JobParams = z.object({ id: z.uuid() });

const Cursor = z
  .string()
  .regex(/^\d{1,15}-[0-9a-f-]{36}$/, 'must be a "next" of an earlier page')
  .transform((value) => ({
    created: new Date(Number(value.split('-', 1)[0])),
    id: value.slice(value.indexOf('-') + 1),
  }))
  // No page ends at a time that has no common form.
  .refine(({ created }) => created.getUTCFullYear() < 10_000, 'must be a "next" of an earlier page');

/** Which page of a list is asked for. */
export const PageQuery = z.strictObject({
  after: Cursor.optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(200).default(PAGE),
});

/** Cuts a page out of what was found for it, one more than fits where there are more. */
export function pageOf<T extends { readonly id: string; readonly created: Date }>(
  found: readonly T[],
  limit: number,
): { readonly data: readonly T[]; readonly next: string | null } {
  const data = found.slice(0, limit);
  const last = found.length > limit ? data.at(-1) : undefined;
  return { data, next: last === undefined ? null : `${last.created.getTime()}-${last.id}` };
}

/** How events are described. */
export const EVENTS_SPEC = {
  description:
    'Server-sent events `status` and `progress`, the first of them first. `Last-Event-ID` resumes behind an event; 204 says that there is none any more.',
  headers: z.object({ 'Last-Event-ID': z.string().optional() }),
};

/** Streams events behind the last that the client has. */
export async function followEvents(
  work: Followed & { readonly status: string },
  request: Request,
  signal: AbortSignal,
): Promise<Reply> {
  const after = lastEventId(request.get('last-event-id'));
  if (hasEnded(work.status) && (await work.events(after)).length === 0) return { status: 204 };
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    },
    stream: eventStream(work, after, signal),
  };
}

function lastEventId(header: string | undefined): number {
  if (header === undefined || header === '') return 0;
  if (!/^\d{1,15}$/.test(header))
    throw new Problem('invalid-request', '"Last-Event-ID" is not the id of an event');
  return Number(header);
}

/** The page brings its style and script; it is shown without the server's origin, whatever it tells of has put into it. */
const REPORT_POLICY =
  "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/** Chooses the form of a report that a client accepts. */
export function acceptedType(request: Request, types: readonly string[]): string {
  const type = request.accepts([...types]);
  if (typeof type !== 'string' || !types.includes(type))
    throw new Problem('not-acceptable', `the report is ${types.join(', ')}`);
  return type;
}

/**
 * Answers with a file of a report.
 *
 * @param noun what it is of.
 */
export async function reportFile(type: string, path: string, noun: 'scan' | 'audit'): Promise<Reply> {
  const file = await openFile(path).catch((cause: unknown) => {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    throw new Problem(
      'not-found',
      `the report's files are not there: the ${noun} was removed meanwhile, or the server was restored without them`,
      { cause, param: 'id' },
    );
  });
  const stream = file.createReadStream();
  const { size } = await file.stat().catch((error: unknown) => {
    stream.destroy();
    throw error;
  });
  return {
    status: 200,
    headers: {
      'Content-Type': /parquet/.test(type) ? type : `${type}; charset=utf-8`,
      'Content-Length': String(size),
      Vary: 'Accept',
      ...(type === 'text/html' ? { 'Content-Security-Policy': REPORT_POLICY } : {}),
    },
    stream,
  };
}

/** Says why there is no report yet, or never. */
export function noReport(noun: 'scan' | 'audit', status: string): Problem {
  if (status === 'failed' || status === 'cancelled') {
    const how = status === 'failed' ? 'failed' : 'been cancelled';
    return new Problem('conflict', `the ${noun} has ${how}: there is no report`);
  }
  return new Problem('conflict', `the ${noun} is not done: ${status}`, { retryAfter: RETRY_S });
}

/** Who calls a route with a scope. */
export function known(caller: Caller | undefined): Caller {
  if (caller === undefined) throw apiKeyIsMissing();
  return caller;
}
