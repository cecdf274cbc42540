import { access } from 'node:fs/promises';
import { termsDigest } from '@countermark/audit';
import { z } from 'zod';
import type { Caller } from '../access/scopes.ts';
import { AuditList, AuditSchema, NewAudit } from '../audits/audit-schemas.ts';
import type { Audit } from '../audits/audit-store.ts';
import { checkAudit, type SubmitAuditParts, submitAudit } from '../audits/submit-audit.ts';
import { expectClient } from '../http/client-left.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { hasEnded } from '../jobs/event-stream.ts';
import { checkIdempotencyKey } from '../jobs/idempotency.ts';
import {
  acceptedType,
  EVENTS_SPEC,
  followEvents,
  JobParams,
  known,
  noReport,
  PageQuery,
  pageOf,
  reportFile,
} from './job-requests.ts';

const REPORTS = {
  'text/html': 'report',
  'application/json': 'result',
  'application/x-ndjson': 'journal',
} as const;

/**
 * Routes for audits of models. To one tenant, another's audits are not there.
 *
 * @param stopping aborted where the server stops: streams of events end, and clients come back elsewhere.
 */
export function modelAuditRoutes(parts: SubmitAuditParts, stopping: AbortSignal): Route[] {
  const { audits, directories, queue } = parts.open;
  const tag = 'audits';
  const find = async (id: string, caller: Caller | undefined): Promise<Audit> => {
    const audit = await audits.find(id, known(caller).tenant);
    if (audit === undefined) throw new Problem('not-found', 'there is no such audit', { param: 'id' });
    return audit;
  };
  return [
    defineRoute({
      method: 'post',
      path: '/v1/audits',
      access: 'audit',
      tag,
      summary: 'Audit a model: was it trained on marked text?',
      description:
        'The server asks the model behind an endpoint, within a budget, and tests its answers. With an `Idempotency-Key` a request that is sent again makes no second audit.',
      headers: z.object({ 'Idempotency-Key': z.string().optional().describe('kept for a day') }),
      body: NewAudit,
      replies: { 202: { description: 'The audit, which has been queued.', schema: AuditSchema } },
      handle: async ({ body, caller, request, requestId, signal }) => {
        const who = known(caller);
        const key = request.get('idempotency-key');
        checkIdempotencyKey(key);
        const checked = await checkAudit(body, who, parts);
        expectClient(signal);
        const audit = await submitAudit(body, checked, who, key, { ...parts, requestId });
        return { status: 202, headers: { Location: `/v1/audits/${audit.id}` }, json: json(audit) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/audits',
      access: 'audit',
      tag,
      summary: 'List audits, newest first',
      query: PageQuery,
      replies: { 200: { description: 'A page of them.', schema: AuditList } },
      handle: async ({ query, caller }) => {
        const found = await audits.list(known(caller).tenant, query.limit + 1, query.after);
        const { data, next } = pageOf(found, query.limit);
        return { status: 200, json: { object: 'list', data: data.map(json), next } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/audits/{id}',
      access: 'audit',
      tag,
      summary: 'Show an audit',
      params: JobParams,
      replies: { 200: { description: 'The audit.', schema: AuditSchema } },
      handle: async ({ params, caller }) => ({ status: 200, json: json(await find(params.id, caller)) }),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/audits/{id}/events',
      access: 'audit',
      tag,
      summary: 'Follow an audit to its end',
      description: EVENTS_SPEC.description,
      params: JobParams,
      headers: EVENTS_SPEC.headers,
      replies: {
        200: { description: 'The events.', contentType: 'text/event-stream' },
        204: {
          description: 'The audit has ended, and the client has its last event.',
          contentType: 'text/plain',
        },
      },
      handle: async ({ params, caller, request, signal }) => {
        const { id, status } = await find(params.id, caller);
        const followed = {
          status,
          events: (after: number) => audits.events(id, after),
          isThere: async () => (await audits.find(id)) !== undefined,
        };
        return followEvents(followed, request, AbortSignal.any([signal, stopping]));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/audits/{id}/report',
      access: 'audit',
      tag,
      summary: 'Read what an audit found',
      description: `By \`Accept\`: ${Object.keys(REPORTS).join(', ')} (the journal, also of an audit that failed). 409 until it is done.`,
      params: JobParams,
      replies: {
        200: { description: 'The page, the result or the journal.', contentType: Object.keys(REPORTS) },
      },
      handle: async ({ params, caller, request }) => {
        const { id, status } = await find(params.id, caller);
        const type = acceptedType(request, Object.keys(REPORTS)) as keyof typeof REPORTS;
        const path = directories.file(id, REPORTS[type]);
        const isKept = status === 'failed' && REPORTS[type] === 'journal' && (await isThere(path));
        if (status !== 'done' && !isKept) throw noReport('audit', status);
        return reportFile(type, path, 'audit');
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/v1/audits/{id}',
      access: 'audit',
      tag,
      summary: 'Cancel an audit, or remove one that has ended',
      description: 'What was asked and answered is removed.',
      params: JobParams,
      replies: {
        200: { description: 'The audit, which was cancelled.', schema: AuditSchema },
        204: { description: 'It had ended, and is removed.', contentType: 'text/plain' },
      },
      handle: async ({ params, caller }) => {
        const { id } = await find(params.id, caller);
        const isCancelled = await audits.change(id, async ({ status }) =>
          hasEnded(status) ? undefined : { status: 'cancelled' },
        );
        await queue.drop(id);
        await directories.removeAll(id);
        if (isCancelled === true) return { status: 200, json: json(await find(id, caller)) };
        await audits.remove(id);
        return { status: 204 };
      },
    }),
  ];
}

function json(audit: Audit): z.input<typeof AuditSchema> {
  const { id, status, verdict, problem, request, terms, progress, created, started, ended } = audit;
  const { keyId, test, endpoint } = request;
  return {
    object: 'audit',
    id,
    status,
    verdict,
    problem,
    keyId,
    access: test.access,
    endpoint: { address: endpoint.address, model: endpoint.model },
    plan: terms === null ? null : { object: 'audit-plan', version: 1, digest: termsDigest(terms), terms },
    progress,
    created: created.toISOString(),
    started: started?.toISOString() ?? null,
    ended: ended?.toISOString() ?? null,
  };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
