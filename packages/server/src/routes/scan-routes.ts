import { join } from 'node:path';
import { DOCUMENTS, REPORT, SUMMARY } from '@countermark/corpus/driver';
import type { Request } from 'express';
import { z } from 'zod';
import type { Caller } from '../access/scopes.ts';
import { expectClient } from '../http/client-left.ts';
import { parseRequest } from '../http/parse-request.ts';
import { Problem } from '../http/problem.ts';
import { readJson } from '../http/read-json.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { hasEnded } from '../jobs/event-stream.ts';
import { checkIdempotencyKey } from '../jobs/idempotency.ts';
import { receiveUpload, UPLOAD_TYPES } from '../scans/receive-upload.ts';
import { NewScan, ScanList, ScanQuery, ScanSchema } from '../scans/scan-schemas.ts';
import type { Scan } from '../scans/scan-store.ts';
import {
  checkSubmission,
  keysFor,
  newScanId,
  type Submission,
  type SubmitParts,
  submitScan,
} from '../scans/submit-scan.ts';
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
  'text/html': REPORT,
  'application/json': SUMMARY,
  'application/vnd.apache.parquet': DOCUMENTS,
} as const;
/**
 * Routes for scans of corpora. To one tenant, another's scans are not there.
 *
 * @param stopping aborted where the server stops: streams of events end, and clients come back elsewhere.
 */
export function scanRoutes(parts: SubmitParts, stopping: AbortSignal): Route[] {
  const { open, settings } = parts;
  const { scans, directories, queue } = open;
  const tag = 'scans';
  const find = async (id: string, caller: Caller | undefined): Promise<Scan> => {
    const scan = await scans.find(id, known(caller).tenant);
    if (scan === undefined) throw new Problem('not-found', 'there is no such scan', { param: 'id' });
    return scan;
  };
  const json = async (scan: Scan): Promise<z.input<typeof ScanSchema>> => ({
    object: 'scan',
    id: scan.id,
    status: scan.status,
    verdict: scan.verdict,
    problem: scan.problem,
    inputs: [
      ...(scan.request.source.kind === 'inputs' ? scan.request.source.inputs : scan.request.source.files),
    ],
    keyIds: [...scan.request.keyIds],
    progress: hasEnded(scan.status) ? scan.progress : await scans.progressOf(scan),
    created: scan.created.toISOString(),
    started: scan.started?.toISOString() ?? null,
    ended: scan.ended?.toISOString() ?? null,
  });
  return [
    defineRoute({
      method: 'post',
      path: '/v1/scans',
      access: 'scan',
      tag,
      summary: 'Scan a corpus for marks',
      description:
        'The corpus is named in JSON, or is the body: JSON lines, or a form with files. For those the options stand in the query. With an `Idempotency-Key` a request that is sent again makes no second scan.',
      query: ScanQuery,
      headers: z.object({ 'Idempotency-Key': z.string().optional().describe('kept for a day') }),
      body: {
        raw: {
          'application/json': NewScan,
          'application/x-ndjson': 'A record a line; `Content-Encoding: gzip` is kept as it is.',
          'multipart/form-data': 'One or more files of the formats that scans read.',
        },
      },
      replies: { 202: { description: 'The scan, which has been queued.', schema: ScanSchema } },
      handle: async ({ query, caller, request, requestId, signal }) => {
        const who = known(caller);
        const key = request.get('idempotency-key');
        checkIdempotencyKey(key);
        const id = newScanId();
        try {
          const submission = await readSubmission(id, query, request, who, parts);
          const keys = await keysFor(parts.keys, who, submission.keyIds, settings.COUNTERMARK_MAX_KEYS);
          expectClient(signal);
          const { scan, isNew } = await submitScan(id, submission, keys, who, key, { ...parts, requestId });
          if (!isNew) await directories.removeAll(id);
          return { status: 202, headers: { Location: `/v1/scans/${scan.id}` }, json: await json(scan) };
        } catch (error) {
          await directories.removeAll(id);
          throw error;
        }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/scans',
      access: 'scan',
      tag,
      summary: 'List scans, newest first',
      query: PageQuery,
      replies: { 200: { description: 'A page of them.', schema: ScanList } },
      handle: async ({ query, caller }) => {
        const found = await scans.list(known(caller).tenant, query.limit + 1, query.after);
        const { data, next } = pageOf(found, query.limit);
        return { status: 200, json: { object: 'list', data: await Promise.all(data.map(json)), next } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/scans/{id}',
      access: 'scan',
      tag,
      summary: 'Show a scan',
      params: JobParams,
      replies: { 200: { description: 'The scan.', schema: ScanSchema } },
      handle: async ({ params, caller }) => ({
        status: 200,
        json: await json(await find(params.id, caller)),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/scans/{id}/events',
      access: 'scan',
      tag,
      summary: 'Follow a scan to its end',
      description: EVENTS_SPEC.description,
      params: JobParams,
      headers: EVENTS_SPEC.headers,
      replies: {
        200: { description: 'The events.', contentType: 'text/event-stream' },
        204: {
          description: 'The scan has ended, and the client has its last event.',
          contentType: 'text/plain',
        },
      },
      handle: async ({ params, caller, request, signal }) => {
        const scan = await find(params.id, caller);
        const followed = {
          status: scan.status,
          events: (after: number) => scans.events(scan.id, after),
          isThere: async () => (await scans.find(scan.id)) !== undefined,
        };
        return followEvents(followed, request, AbortSignal.any([signal, stopping]));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/scans/{id}/report',
      access: 'scan',
      tag,
      summary: 'Read what a scan found',
      description: `By \`Accept\`: ${Object.keys(REPORTS).join(', ')} (the table of documents). 409 until it is done.`,
      params: JobParams,
      replies: {
        200: { description: 'The page, the summary or the table.', contentType: Object.keys(REPORTS) },
      },
      handle: async ({ params, caller, request }) => {
        const scan = await find(params.id, caller);
        if (scan.status !== 'done') throw noReport('scan', scan.status);
        const type = acceptedType(request, Object.keys(REPORTS)) as keyof typeof REPORTS;
        return reportFile(type, join(directories.of(scan.id), REPORTS[type]), 'scan');
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/v1/scans/{id}',
      access: 'scan',
      tag,
      summary: 'Cancel a scan, or remove one that has ended',
      description: 'What was uploaded and what was found are removed.',
      params: JobParams,
      replies: {
        200: { description: 'The scan, which was cancelled.', schema: ScanSchema },
        204: { description: 'It had ended, and is removed.', contentType: 'text/plain' },
      },
      handle: async ({ params, caller }) => {
        const { id } = await find(params.id, caller);
        const isCancelled = await scans.change(id, async ({ status }) =>
          hasEnded(status) ? undefined : { status: 'cancelled' },
        );
        await queue.drop(id);
        await directories.removeAll(id);
        if (isCancelled === true) return { status: 200, json: await json(await find(id, caller)) };
        await scans.remove(id);
        return { status: 204 };
      },
    }),
  ];
}

async function readSubmission(
  id: string,
  query: z.output<typeof ScanQuery>,
  request: Request,
  caller: Caller,
  { open, keys, settings }: SubmitParts,
): Promise<Submission> {
  if (request.is('application/json') !== false) {
    if (Object.keys(query).length > 0) {
      throw new Problem(
        'invalid-request',
        'the options of a JSON request stand in its body, not in the query',
      );
    }
    const limits = { maxBytes: settings.COUNTERMARK_MAX_BODY_BYTES, ms: settings.COUNTERMARK_BODY_MS };
    const body = parseRequest(NewScan, await readJson(request, limits), 'body') as z.output<typeof NewScan>;
    const { inputs, keyIds, options, accounts } = body;
    for (const [i, input] of inputs.entries()) await open.roots.check(input, `inputs.${i}`);
    const submission: Submission = {
      source: { kind: 'inputs', inputs },
      content: { inputs },
      keyIds,
      options,
      ...(accounts === undefined ? {} : { accounts }),
    };
    checkSubmission(submission, await keysFor(keys, caller, keyIds, settings.COUNTERMARK_MAX_KEYS), caller);
    return submission;
  }
  if (request.is([...UPLOAD_TYPES]) === false) {
    throw new Problem(
      'unsupported-media-type',
      `the body is not of a type application/json, ${UPLOAD_TYPES.join(' or ')}`,
    );
  }
  const { keyIds, ...options } = query;
  // A mistake is told before anything is uploaded.
  checkSubmission({ options }, await keysFor(keys, caller, keyIds, settings.COUNTERMARK_MAX_KEYS), caller);
  const directory = await open.directories.makeInput(id);
  const files = await receiveUpload(request, directory, {
    maxBytes: settings.COUNTERMARK_MAX_UPLOAD_BYTES,
    restMs: settings.COUNTERMARK_BODY_MS,
  });
  return {
    source: { kind: 'upload', files: files.map(({ name }) => name) },
    content: { files },
    keyIds,
    options,
  };
}
