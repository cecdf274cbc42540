import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';
import type { Step } from './step.ts';

/** Sets headers that keep a browser from what no page of the server does. They are the same for each answer, so that they are made once. */
export function securityHeaders(): Step {
  const headers = headersOf(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          formAction: ["'self'"],
          baseUri: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
      referrerPolicy: { policy: 'no-referrer' },
      // Set by whoever ends TLS: this server speaks plain HTTP.
      strictTransportSecurity: false,
    }),
  );
  return (_request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
  };
}

/** Returns what a handler sets on an answer that has no header yet. */
function headersOf(handler: ReturnType<typeof helmet>): ReadonlyMap<string, string> {
  const answer = new ServerResponse(new IncomingMessage(new Socket()));
  let fault: unknown;
  handler(answer.req, answer, (error) => {
    fault = error;
  });
  if (fault !== undefined) throw fault;
  return new Map(answer.getHeaderNames().map((name) => [name, String(answer.getHeader(name))]));
}
