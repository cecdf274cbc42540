import type { RequestHandler } from 'express';
import { Problem } from './problem.ts';

/** Refuses a body by the length that it announces. The parser that follows would read it all before it says so. */
export function limitLength(maxBytes: number): RequestHandler {
  return (request, _response, next) => {
    if (Number(request.get('content-length') ?? 0) > maxBytes) {
      throw new Problem('body-too-large', `the body is larger than ${maxBytes} bytes`, {
        limit: { name: 'COUNTERMARK_MAX_BODY_BYTES', value: maxBytes },
      });
    }
    next();
  };
}
