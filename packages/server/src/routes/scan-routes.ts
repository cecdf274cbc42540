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
import { acceptedType, JobParams, known, noReport, reportFile } from './job-requests.ts';
import { jobRoutes } from './job-routes.ts';

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
  const routes = jobRoutes(
    {
      noun: 'scan',
      jobs: scans,
      directories,
      queue,
      schema: ScanSchema,
      list: ScanList,
      json,
      removed: 'What was uploaded and what was found are removed.',
    },
    stopping,
  );
  return [
    defineRoute({
      method: 'post',
      path: '/v1/scans',
      access: 'scan',
      tag: 'scans',
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
    routes.list,
    routes.show,
    routes.events,
    defineRoute({
      method: 'get',
      path: '/v1/scans/{id}/report',
      access: 'scan',
      tag: 'scans',
      summary: 'Read what a scan found',
      description: `By \`Accept\`: ${Object.keys(REPORTS).join(', ')} (the table of documents). 409 until it is done.`,
      params: JobParams,
      replies: {
        200: { description: 'The page, the summary or the table.', contentType: Object.keys(REPORTS) },
      },
      handle: async ({ params, caller, request }) => {
        const scan = await routes.find(params.id, caller);
        if (scan.status !== 'done') throw noReport('scan', scan.status);
        const type = acceptedType(request, Object.keys(REPORTS)) as keyof typeof REPORTS;
        return reportFile(type, join(directories.of(scan.id), REPORTS[type]), 'scan');
      },
    }),
    routes.remove,
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
