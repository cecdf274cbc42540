/**
 * Spans by the API of OpenTelemetry: whoever runs the server with an SDK of theirs sees them, and without one they do nothing.
 * No attribute holds what a client sent.
 */
import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { RequestHandler } from 'express';

const TRACER = 'countermark';

/** Makes a span of each request, within the trace that the client's headers name. */
export function traceRequests(): RequestHandler {
  // It asks for the SDK when it is used: one may be there later.
  const tracer = trace.getTracer(TRACER);
  return (request, response, next) => {
    const parent = propagation.extract(context.active(), request.headers);
    const span = tracer.startSpan(
      request.method,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': request.method } },
      parent,
    );
    const end = (): void => {
      const route: unknown = response.locals['route'];
      if (typeof route === 'string') {
        span.updateName(`${request.method} ${route}`);
        span.setAttribute('http.route', route);
      }
      const status = response.writableFinished ? response.statusCode : 499;
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    };
    if (span.isRecording()) response.once('close', end);
    context.with(trace.setSpan(parent, span), next);
  };
}

/** Does work within a span of its own. */
export function traced<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return trace.getTracer(TRACER).startActiveSpan(name, { attributes }, (span) => ending(span, work));
}

async function ending<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // The error's name alone: its message may hold data.
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : '' });
    throw error;
  } finally {
    span.end();
  }
}
