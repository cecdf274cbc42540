import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the server counts, for Prometheus. No label holds anything that a client sent. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly verdicts: Counter<'tier' | 'verdict'>;
  readonly sampledTokens: Counter<'engine'>;
  readonly scannedBytes: Counter;
  readonly auditRequests: Counter;
  readonly waiting: Gauge;
}

/** Makes the metrics of one server. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Histogram({
      name: 'countermark_http_request_duration_seconds',
      help: 'Time of requests, by route',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    verdicts: new Counter({
      name: 'countermark_detections_total',
      help: 'Detections, by tier and verdict',
      labelNames: ['tier', 'verdict'],
      registers,
    }),
    sampledTokens: new Counter({
      name: 'countermark_sampled_tokens_total',
      help: 'Tokens chosen, by who asked',
      labelNames: ['engine'],
      registers,
    }),
    scannedBytes: new Counter({
      name: 'countermark_scanned_bytes_total',
      help: 'Bytes of corpora read',
      registers,
    }),
    auditRequests: new Counter({
      name: 'countermark_audit_requests_total',
      help: 'Requests to endpoints that are audited',
      registers,
    }),
    waiting: new Gauge({
      name: 'countermark_waiting_tasks',
      help: 'Tasks that wait for a thread',
      registers,
    }),
  };
}
