import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { Problem } from './problem.ts';
import { requestIdOf } from './request-id.ts';
import { withoutData } from './without-data.ts';

// body-parser reports its faults as http-errors.
const HttpError = z.object({
  expose: z.literal(true),
  status: z.int().min(400).max(499),
  type: z.string().optional(),
  limit: z.number().optional(),
});

/** Sends a problem. */
export function sendProblem(response: Response, problem: Problem): void {
  if (problem.retryAfter !== undefined)
    response.setHeader('Retry-After', String(Math.ceil(problem.retryAfter)));
  if (problem.kind === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer realm="countermark"');
  response
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify(problem.toJson(requestIdOf(response))));
}

/** Turns whatever a route threw into a problem; what is not meant for clients is logged, and they learn only that. */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const problem = toProblem(error);
    if (problem.status >= 500 && problem.kind === 'internal') {
      logger.error({ requestId: requestIdOf(response), err: withoutData(error) }, 'a request failed');
    }
    if (response.headersSent) {
      // Half an answer is out: all that is left is to break it off, so that nobody takes it for whole.
      response.destroy();
      next();
      return;
    }
    sendProblem(response, problem);
  };
}

/** Returns the problem that clients are told of; `internal` for what is not meant for them. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // The router's own, for a path such as `/v1/keys/%ff`.
  if (error instanceof URIError && 'status' in error && error.status === 400) {
    return new Problem('invalid-request', 'the path is not UTF-8, encoded by percent signs');
  }
  const http = HttpError.safeParse(error);
  if (!http.success) return new Problem('internal', 'internal error');
  const { status, type, limit } = http.data;
  switch (type) {
    case 'entity.too.large':
      return new Problem(
        'body-too-large',
        limit === undefined ? 'the body is too large' : `the body is larger than ${limit} bytes`,
        limit === undefined ? {} : { limit: { name: 'COUNTERMARK_MAX_BODY_BYTES', value: limit } },
      );
    case 'entity.parse.failed':
      return new Problem('invalid-json', 'the body is not JSON');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new Problem('unsupported-media-type', 'the body has an encoding that is not supported');
    case 'request.aborted':
      return new Problem('cancelled', 'the request ended before its body did');
    default:
      return status === 413
        ? new Problem('body-too-large', 'the body is too large')
        : new Problem('invalid-request', 'the request cannot be read');
  }
}
