import type { RequestHandler } from 'express';
import { sendProblem } from './answer-problem.ts';
import { Problem } from './problem.ts';

/** Refuses a body that has not come to its end in time, and ends the connection: what is read next would be the rest of it. */
export function limitTime(ms: number): RequestHandler {
  return (request, response, next) => {
    const timer = setTimeout(() => {
      response.setHeader('Connection', 'close');
      sendProblem(response, new Problem('body-too-slow', `the body took longer than ${ms} ms`));
      response.once('finish', () => request.destroy());
    }, ms);
    for (const event of ['end', 'close'] as const) request.once(event, () => clearTimeout(timer));
    next();
  };
}
