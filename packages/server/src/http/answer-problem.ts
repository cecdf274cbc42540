import { codeOf } from '@countermark/host/files';
import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { DatabaseAwayError, NoRoomError } from '../database/database-away.ts';
import { MasterKeyError } from '../secrets/master-key.ts';
import { Problem } from './problem.ts';
import { requestIdOf } from './request-id.ts';
import { withoutData } from './without-data.ts';

/** Sends a problem. */
function sendProblem(response: Response, problem: Problem): void {
  if (problem.retryAfter !== undefined)
    response.setHeader('Retry-After', String(Math.ceil(problem.retryAfter)));
  if (problem.kind === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer realm="countermark"');
  // What may still come on this connection is the rest of that body.
  if (problem.kind === 'body-too-slow') response.setHeader('Connection', 'close');
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
  if (error instanceof DatabaseAwayError) {
    return new Problem('overloaded', error.message, { cause: error, retryAfter: 5 });
  }
  // A master key was rotated while this process ran, which is to be started again.
  if (error instanceof MasterKeyError || error instanceof NoRoomError) {
    return new Problem('overloaded', error.message, { cause: error, retryAfter: 60 });
  }
  if (['ENOSPC', 'EDQUOT'].includes(codeOf(error))) {
    return new Problem('overloaded', 'there is no room on the disk', { cause: error, retryAfter: 60 });
  }
  // The router's own, for a path such as `/v1/keys/%ff`.
  if (error instanceof URIError && 'status' in error && error.status === 400) {
    return new Problem('invalid-request', 'the path is not UTF-8, encoded by percent signs');
  }
  return new Problem('internal', 'internal error');
}
