import { randomUUID } from 'node:crypto';
import type { Response } from 'express';
import type { Step } from './step.ts';

const HEADER = 'X-Request-Id';
const FORM = /^[A-Za-z0-9._-]{1,64}$/;

/** Gives each request an id: the one its client or proxy sent, if it looks like one. */
export function requestId(): Step {
  return (request, response) => {
    const sent = request.get(HEADER);
    response.setHeader(HEADER, sent !== undefined && FORM.test(sent) ? sent : randomUUID());
  };
}

/** Returns the id of the request that a response answers. */
export function requestIdOf(response: Response): string {
  return String(response.getHeader(HEADER) ?? '');
}
