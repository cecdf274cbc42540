import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';
import { requestIdOf } from './request-id.ts';
import type { Step } from './step.ts';

/** Logs a line a request, and counts it: which route, never an address with its query, a header or a body. */
export function logRequests(logger: Logger, metrics: Metrics): Step {
  return (request, response) => {
    const started = performance.now();
    response.once('close', () => {
      const ms = performance.now() - started;
      const { method } = request;
      const route = String(response.locals['route'] ?? 'none');
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.requests.observe({ method, route, status: String(status) }, ms / 1000);
      logger.info(
        {
          requestId: requestIdOf(response),
          method,
          route,
          status,
          ms: Math.round(ms * 10) / 10,
          apiKeyId: response.locals['apiKeyId'] as string | undefined,
        },
        'request',
      );
    });
  };
}
