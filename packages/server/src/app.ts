import { pipeline } from 'node:stream';
import express, { type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { authorize } from './callers/authenticate.ts';
import { cors } from './callers/cors.ts';
import { problemHandler } from './http/answer-problem.ts';
import { expectClient, signalOf, watchClients } from './http/client-left.ts';
import { logRequests } from './http/log-requests.ts';
import type { Metrics } from './http/metrics.ts';
import { checkLengths, parseRequest } from './http/parse-request.ts';
import { Problem } from './http/problem.ts';
import { readJson } from './http/read-json.ts';
import { endBodies } from './http/request-body.ts';
import { requestId, requestIdOf } from './http/request-id.ts';
import type { Reply, Route } from './http/route.ts';
import { securityHeaders } from './http/security-headers.ts';
import { inOrder, type Step } from './http/step.ts';
import { traceRequests } from './http/tracing.ts';
import type { ApiKeys } from './store/api-keys.ts';

/** Characters of an answer that is put together with its head. */
const ONE_PIECE = 16_384;

/** What an app is made of. */
export interface AppParts {
  readonly routes: readonly Route[];
  readonly apiKeys: ApiKeys;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly isPublic: boolean;
  readonly trustProxy: number;
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  /** A JSON body may take so long, in milliseconds. */
  readonly bodyMs: number;
  /** Whether connections are to end with the answer. */
  readonly isStopping: () => boolean;
}

/** Makes the Express app that answers routes. It listens nowhere yet. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  // One spelling a path: a proxy's rule for it is passed by no other.
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  app.set('query parser', 'simple');
  app.set('trust proxy', parts.trustProxy);
  app.use(
    inOrder(
      requestId(),
      watchClients(),
      logRequests(parts.logger, parts.metrics),
      endBodies(),
      unlessSaidOtherwise(parts.isStopping),
      securityHeaders(),
    ),
  );
  app.use(traceRequests());
  app.use(cors(parts.corsOrigins));
  const methods = new Map<string, string[]>();
  for (const route of parts.routes) {
    const path = expressPath(route.path);
    methods.set(path, [...(methods.get(path) ?? []), route.method.toUpperCase()]);
    app[route.method](path, handlerOf(route, parts));
  }
  for (const [path, allowed] of methods) app.all(path, refuseMethod(allowed));
  app.use(() => {
    throw new Problem('not-found', 'there is nothing at this address; /docs lists what there is');
  });
  app.use(problemHandler(parts.logger));
  return app;
}

function handlerOf(route: Route, parts: AppParts): RequestHandler {
  const { access, params, query } = route;
  return async (request, response) => {
    response.locals['route'] = route.path;
    const { authorization } = request.headers;
    const caller = await authorize(authorization, access, parts.apiKeys, parts.isPublic);
    if (caller !== undefined) response.locals['apiKeyId'] = caller.apiKeyId;
    const signal = signalOf(response);
    expectClient(signal);
    const body = await readBodyOf(route, request, parts);
    expectClient(signal);
    const reply = await route.handle({
      params: params && parseRequest(params, request.params, 'path'),
      query: query && parseRequest(query, request.query, 'query'),
      body,
      caller,
      requestId: requestIdOf(response),
      signal,
      request,
      response,
    });
    if (reply === undefined) return;
    // Nobody reads it: what it has open is closed.
    if (signal.aborted || request.method === 'HEAD') reply.stream?.destroy();
    if (!signal.aborted) send(request, response, reply);
  };
}

async function readBodyOf(
  { body, lengths = {}, parse }: Route,
  request: express.Request,
  { maxBodyBytes, bodyMs }: AppParts,
): Promise<unknown> {
  if (body === undefined || 'raw' in body) return undefined;
  const value = await readJson(request, { maxBytes: maxBodyBytes, ms: bodyMs });
  checkLengths(value, lengths);
  return parse === undefined ? parseRequest(body, value, 'body') : parse(value);
}

function send(request: express.Request, response: express.Response, reply: Reply): void {
  const { status, json, text, stream, headers = {} } = reply;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  const asJson = reply.jsonText ?? (json === undefined ? undefined : JSON.stringify(json));
  // Whichever of the two ends before its time, the other is closed.
  if (stream !== undefined && !stream.destroyed) pipeline(stream, response, () => undefined);
  else if (asJson !== undefined) sendJson(request, response, asJson);
  else if (text !== undefined) response.send(text);
  else response.end();
}

/** Sends JSON: a short one in one piece with its head, a long one encoded once. */
function sendJson({ method }: express.Request, response: express.Response, text: string | Uint8Array): void {
  if (!response.hasHeader('Content-Type'))
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
  const body = typeof text === 'string' && text.length >= ONE_PIECE ? Buffer.from(text) : text;
  response.setHeader('Content-Length', Buffer.byteLength(body));
  if (method === 'HEAD') response.end();
  else response.end(body);
}

function refuseMethod(allowed: readonly string[]): RequestHandler {
  const allow = allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed;
  return (request, response) => {
    response.setHeader('Allow', allow.join(', '));
    throw new Problem('method-not-allowed', `the resource does not answer ${request.method}`);
  };
}

/** `/v1/scans/{id}` as Express writes it. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Answers are nobody's to keep, whether of a text or of a key, and refusals neither; a route whose answers are for all says so. */
function unlessSaidOtherwise(isStopping: () => boolean): Step {
  return (_request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    // Whoever holds it open is to come back elsewhere.
    if (isStopping()) response.setHeader('Connection', 'close');
  };
}
