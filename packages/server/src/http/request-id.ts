import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const HEADER = 'X-Request-Id';
const FORM = /^[A-Za-z0-9._-]{1,64}$/;

/** Gives each request an id: the one its client or proxy sent, if it looks like one. */
export function requestId(): RequestHandler {
  return (request, response, next) => {
    const sent = request.get(HEADER);
    response.setHeader(HEADER, sent !== undefined && FORM.test(sent) ? sent : randomUUID());
    next();
  };
}

/** Returns the id of the request that a response answers. */
export function requestIdOf(response: Response): string {
  return String(response.getHeader(HEADER) ?? '');
}
