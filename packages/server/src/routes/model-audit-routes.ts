import { access } from 'node:fs/promises';
import { termsDigest } from '@countermark/audit';
import { z } from 'zod';
import { AuditList, AuditSchema, NewAudit } from '../audits/audit-schemas.ts';
import type { Audit } from '../audits/audit-store.ts';
import { checkAudit, type SubmitAuditParts, submitAudit } from '../audits/submit-audit.ts';
import { expectClient } from '../http/client-left.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { checkIdempotencyKey } from '../jobs/idempotency.ts';
import { acceptedType, JobParams, known, noReport, reportFile } from './job-requests.ts';
import { jobRoutes } from './job-routes.ts';

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
  const { audits: jobs, directories, queue } = parts.open;
  const routes = jobRoutes(
    {
      noun: 'audit',
      jobs,
      directories,
      queue,
      schema: AuditSchema,
      list: AuditList,
      json,
      removed: 'What was asked and answered is removed.',
    },
    stopping,
  );
  return [
    defineRoute({
      method: 'post',
      path: '/v1/audits',
      access: 'audit',
      tag: 'audits',
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
    routes.list,
    routes.show,
    routes.events,
    defineRoute({
      method: 'get',
      path: '/v1/audits/{id}/report',
      access: 'audit',
      tag: 'audits',
      summary: 'Read what an audit found',
      description: `By \`Accept\`: ${Object.keys(REPORTS).join(', ')} (the journal, also of an audit that failed). 409 until it is done.`,
      params: JobParams,
      replies: {
        200: { description: 'The page, the result or the journal.', contentType: Object.keys(REPORTS) },
      },
      handle: async ({ params, caller, request }) => {
        const { id, status } = await routes.find(params.id, caller);
        const type = acceptedType(request, Object.keys(REPORTS)) as keyof typeof REPORTS;
        const path = directories.file(id, REPORTS[type]);
        const isKept = status === 'failed' && REPORTS[type] === 'journal' && (await isThere(path));
        if (status !== 'done' && !isKept) throw noReport('audit', status);
        return reportFile(type, path, 'audit');
      },
    }),
    routes.remove,
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
