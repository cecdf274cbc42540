import type { Request, RequestHandler, Response } from 'express';

/** What is done with each request before its route is looked for, and waits for nothing. */
export type Step = (request: Request, response: Response) => void;

/** Takes steps in one handler: a handler of Express each would cost more than most of them do. */
export function inOrder(...steps: readonly Step[]): RequestHandler {
  return (request, response, next) => {
    for (const step of steps) step(request, response);
    next();
  };
}
