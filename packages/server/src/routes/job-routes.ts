/** Routes that scans and audits have alike: their lists, what they are, their events, and their end. */
import type { z } from 'zod';
import type { Caller } from '../access/scopes.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import type { JobChange, KeptJob, KeptJobs } from '../jobs/kept-jobs.ts';
import type { WorkDirectories } from '../jobs/work-directories.ts';
import { EVENTS_SPEC, followEvents, JobParams, known, PageQuery, pageOf } from './job-requests.ts';

/** One kind of work that is asked for, followed and fetched. */
interface JobKindOfRoutes<Kept extends KeptJob, Change extends JobChange<Kept>, Schema extends z.ZodType> {
  /** What one is called; paths, scope and tag follow from it. */
  readonly noun: 'scan' | 'audit';
  readonly jobs: KeptJobs<Kept, Change>;
  readonly directories: WorkDirectories;
  readonly queue: JobQueue;
  /** Schema of one, and of a page of them. */
  readonly schema: Schema;
  readonly list: z.ZodType;
  /** Shows one. */
  readonly json: (kept: Kept) => z.input<Schema> | Promise<z.input<Schema>>;
  /** What is said of removing. */
  readonly removed: string;
}

/** The routes, and how one is found for a caller. */
export interface JobRoutes<Kept> {
  /** @throws {Problem} `not-found` if the caller's tenant has none of that id. */
  readonly find: (id: string, caller: Caller | undefined) => Promise<Kept>;
  readonly list: Route;
  readonly show: Route;
  readonly events: Route;
  readonly remove: Route;
}

/**
 * Makes the routes that all kinds have. To one tenant, another's are not there.
 *
 * @param stopping aborted where the server stops: streams of events end, and clients come back elsewhere.
 */
export function jobRoutes<Kept extends KeptJob, Change extends JobChange<Kept>, Schema extends z.ZodType>(
  kind: JobKindOfRoutes<Kept, Change, Schema>,
  stopping: AbortSignal,
): JobRoutes<Kept> {
  const { noun, jobs, directories, queue, schema, json } = kind;
  const one = noun === 'audit' ? 'an audit' : 'a scan';
  const tag = `${noun}s`;
  const path = `/v1/${noun}s`;
  const find = async (id: string, caller: Caller | undefined): Promise<Kept> => {
    const kept = await jobs.find(id, known(caller).tenant);
    if (kept === undefined) throw new Problem('not-found', `there is no such ${noun}`, { param: 'id' });
    return kept;
  };
  return {
    find,
    list: defineRoute({
      method: 'get',
      path,
      access: noun,
      tag,
      summary: `List ${noun}s, newest first`,
      query: PageQuery,
      replies: { 200: { description: 'A page of them.', schema: kind.list } },
      handle: async ({ query, caller }) => {
        const found = await jobs.list(known(caller).tenant, query.limit + 1, query.after);
        const { data, next } = pageOf(found, query.limit);
        return { status: 200, json: { object: 'list', data: await Promise.all(data.map(json)), next } };
      },
    }),
    show: defineRoute({
      method: 'get',
      path: `${path}/{id}`,
      access: noun,
      tag,
      summary: `Show ${one}`,
      params: JobParams,
      replies: { 200: { description: `The ${noun}.`, schema } },
      handle: async ({ params, caller }) => ({
        status: 200,
        json: await json(await find(params.id, caller)),
      }),
    }),
    events: defineRoute({
      method: 'get',
      path: `${path}/{id}/events`,
      access: noun,
      tag,
      summary: `Follow ${one} to its end`,
      description: EVENTS_SPEC.description,
      params: JobParams,
      headers: EVENTS_SPEC.headers,
      replies: {
        200: { description: 'The events.', contentType: 'text/event-stream' },
        204: {
          description: `The ${noun} has ended, and the client has its last event.`,
          contentType: 'text/plain',
        },
      },
      handle: async ({ params, caller, request, signal }) => {
        const { id, status } = await find(params.id, caller);
        const followed = {
          status,
          events: (after: number) => jobs.events(id, after),
          isThere: async () => (await jobs.find(id)) !== undefined,
        };
        return followEvents(followed, request, AbortSignal.any([signal, stopping]));
      },
    }),
    remove: defineRoute({
      method: 'delete',
      path: `${path}/{id}`,
      access: noun,
      tag,
      summary: `Cancel ${one}, or remove one that has ended`,
      description: kind.removed,
      params: JobParams,
      replies: {
        200: { description: `The ${noun}, which was cancelled.`, schema },
        204: { description: 'It had ended, and is removed.', contentType: 'text/plain' },
      },
      handle: async ({ params, caller }) => {
        const { id } = await find(params.id, caller);
        const isCancelled = await jobs.cancel(id);
        await queue.drop(id);
        await directories.removeAll(id);
        if (isCancelled) return { status: 200, json: await json(await find(id, caller)) };
        await jobs.remove(id);
        return { status: 204 };
      },
    }),
  };
}
