import { connect } from 'node:net';
import { seededRandom } from '@countermark/watermark';
import {
  type Attributes,
  context,
  propagation,
  type Span,
  type SpanContext,
  type SpanOptions,
  trace,
} from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './test-server.ts';

/** What a span came to. */
interface Recorded {
  name: string;
  readonly attributes: Attributes;
  ended: boolean;
}

const recorded: Recorded[] = [];

/** As little of an SDK as records what the server says through the API. */
class RecordingSpan implements Span {
  readonly #span: Recorded;

  constructor(name: string, options: SpanOptions = {}) {
    this.#span = { name, attributes: { ...options.attributes }, ended: false };
    recorded.push(this.#span);
  }

  spanContext(): SpanContext {
    return { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
  }
  setAttribute(key: string, value: NonNullable<Attributes[string]>): this {
    this.#span.attributes[key] = value;
    return this;
  }
  setAttributes(attributes: Attributes): this {
    Object.assign(this.#span.attributes, attributes);
    return this;
  }
  updateName(name: string): this {
    this.#span.name = name;
    return this;
  }
  end(): void {
    this.#span.ended = true;
  }
  isRecording(): boolean {
    return true;
  }
  addEvent(): this {
    return this;
  }
  addLink(): this {
    return this;
  }
  addLinks(): this {
    return this;
  }
  setStatus(): this {
    return this;
  }
  recordException(): void {}
}

let server: TestServer;

beforeAll(async () => {
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan: (name, options) => new RecordingSpan(name, options),
      startActiveSpan: (name: string, ...rest: unknown[]) => {
        const work = rest.at(-1) as (span: Span) => unknown;
        return work(new RecordingSpan(name, rest.length > 1 ? (rest[0] as SpanOptions) : {})) as never;
      },
    }),
  });
  server = await startTestServer({ COUNTERMARK_BODY_MS: '300' });
}, 60_000);

afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('OpenTelemetry', () => {
  it('sees a span of each request by its route, and one of each task, and nothing that was sent', async () => {
    const { token } = await server.store.apiKeys.create('auditor', ['detect']);
    const random = seededRandom('tracing');
    const word = Math.floor(random() * 1e9).toString(36);
    const body = { text: `secret ${word} `.repeat(100), tokenizer: 'demo' };
    expect((await server.call('/v1/tokenize?x=1', { method: 'POST', token, body })).status).toBe(200);
    await expect.poll(() => recorded.filter(({ ended }) => ended).length).toBeGreaterThanOrEqual(2);
    expect(recorded).toContainEqual({
      name: 'POST /v1/tokenize',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/tokenize',
        'http.response.status_code': 200,
      },
      ended: true,
    });
    expect(recorded).toContainEqual({
      name: 'countermark.task',
      attributes: { 'countermark.task': 'tokenize' },
      ended: true,
    });
    const said = JSON.stringify(recorded);
    for (const secret of [word, token, '?x=1']) expect(said).not.toContain(secret);
  });
});

describe('a JSON body that does not come to its end', () => {
  it('is refused with 408 once its time is over, and the connection ends', async () => {
    const { token } = await server.store.apiKeys.create('slow', ['detect']);
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      `POST /v1/tokenize HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"text":`,
    );
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('/problems/body-too-slow');
    expect((await server.call('/healthz')).status).toBe(200);
  });
});
