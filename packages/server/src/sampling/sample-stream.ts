import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { Caller } from '../access/scopes.ts';
import { authorize } from '../callers/authenticate.ts';
import { answerWithoutUpgrade, refuseUpgrade } from '../callers/upgrade.ts';
import { toProblem } from '../http/answer-problem.ts';
import type { Metrics } from '../http/metrics.ts';
import { apiKeyIsMissing, Problem, serverIsStopping } from '../http/problem.ts';
import { withoutData } from '../http/without-data.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { SampleConnection } from './sample-connection.ts';
import type { SampleLimits } from './sample-limits.ts';
import type { TokenChooser } from './token-chooser.ts';

/** Where the WebSockets are. */
export const STREAM_PATH = '/v1/watermark/stream';

/** How often clients are asked whether they are there, and API keys whether they are valid, in ms. */
const CHECK_MS = 30_000;

/** What a stream works with. */
export interface StreamParts {
  readonly apiKeys: ApiKeys;
  readonly chooser: TokenChooser;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly limits: SampleLimits;
  /** Largest message, in bytes. */
  readonly maxMessageBytes: number;
  /** Longest time that a message may take to come, in ms. */
  readonly messageMs: number;
}

/** `GET /v1/watermark/stream`: WebSockets on which engines have their tokens chosen. */
export class SampleStream {
  readonly #parts: StreamParts;
  readonly #sockets: WebSocketServer;
  readonly #connections = new Map<SampleConnection, string | undefined>();
  readonly #timer: NodeJS.Timeout;
  #isStopping = false;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: parts.maxMessageBytes,
      perMessageDeflate: false,
    });
    this.#timer = setInterval(() => void this.#check(), CHECK_MS).unref();
  }

  /** Takes the upgrades of a server. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      if (request.headers.upgrade?.toLowerCase() === 'websocket') void this.#upgrade(request, socket, head);
      else answerWithoutUpgrade(server, request, socket);
    });
  }

  /** Ends all connections: when what is under way is answered, or after a while. */
  async drain(patienceMs: number): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    for (const connection of this.#connections.keys()) connection.drain();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets.clients) socket.terminate();
    }, patienceMs);
    await Promise.all(
      [...this.#sockets.clients].map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      ),
    );
    clearTimeout(timer);
    this.#sockets.close();
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const requestId = randomUUID();
    // Until ws takes over, whoever hangs up is nobody's error.
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    try {
      if (request.url?.split('?')[0] !== STREAM_PATH)
        throw new Problem('not-found', 'there is nothing at this address; /docs lists what there is');
      if (this.#isStopping) throw serverIsStopping();
      const { authorization } = request.headers;
      const caller = await this.#authorize(authorization);
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        socket.off('error', ignore);
        const { logger } = this.#parts;
        const connection = new SampleConnection(webSocket, socket, { ...this.#parts, caller, requestId });
        const started = performance.now();
        this.#connections.set(connection, authorization);
        webSocket.once('close', (code) => {
          this.#connections.delete(connection);
          const ms = Math.round(performance.now() - started);
          const { messages } = connection;
          const { apiKeyId } = caller;
          logger.info({ requestId, route: STREAM_PATH, apiKeyId, code, messages, ms }, 'stream');
        });
      });
    } catch (error) {
      const problem = toProblem(error);
      if (problem.kind === 'internal') {
        this.#parts.logger.error({ requestId, err: withoutData(error) }, 'an upgrade failed');
      }
      refuseUpgrade(socket, problem, requestId);
    }
  }

  async #authorize(authorization: string | undefined): Promise<Caller> {
    const caller = await authorize(authorization, 'engine', this.#parts.apiKeys, false);
    if (caller === undefined) throw apiKeyIsMissing();
    return caller;
  }

  async #check(): Promise<void> {
    for (const [connection, authorization] of this.#connections) {
      connection.ping();
      await this.#authorize(authorization).catch((error: unknown) => {
        // Whether a key is valid is not known where the database is away.
        if (error instanceof Problem) connection.refuse();
      });
    }
  }
}
