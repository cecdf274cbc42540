import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import type { Caller } from '../access/scopes.ts';
import { toProblem } from '../http/answer-problem.ts';
import type { Metrics } from '../http/metrics.ts';
import { Problem, serverIsStopping } from '../http/problem.ts';
import { parseBytes } from '../http/read-json.ts';
import { withoutData } from '../http/without-data.ts';
import { formatBinaryAnswer, parseBinaryRequest, readBinaryId } from './binary-form.ts';
import { FrameWatch } from './frame-watch.ts';
import type { SampleLimits } from './sample-limits.ts';
import { parseSampleRequest } from './sample-request.ts';
import { samplesJson, type TokenChooser } from './token-chooser.ts';

/** Messages under way on one connection, answers included that its client has not taken; no more are read meanwhile. */
const MAX_IN_FLIGHT = 32;

const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/** What a connection works with. */
export interface ConnectionParts {
  readonly caller: Caller;
  readonly chooser: TokenChooser;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly limits: SampleLimits;
  /** Largest message, in bytes. */
  readonly maxMessageBytes: number;
  /** Longest time that a message may take to come, in ms. */
  readonly messageMs: number;
  /** The id of the request that opened it, which its log lines and errors carry. */
  readonly requestId: string;
}

/** One WebSocket on which an engine has its tokens chosen. */
export class SampleConnection {
  readonly #socket: WebSocket;
  readonly #parts: ConnectionParts;
  readonly #left = new AbortController();
  readonly #frames = new FrameWatch();
  /** Runs while a message is on its way. */
  #timer: NodeJS.Timeout | undefined;
  #inFlight = 0;
  #messages = 0;
  #isAnswering = true;
  #isClosing = false;

  /** @param bytes the connection below it. */
  constructor(socket: WebSocket, bytes: Duplex, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.on('pong', () => {
      this.#isAnswering = true;
    });
    bytes.on('data', (chunk: Buffer) => this.#watch(chunk));
    socket.once('close', () => {
      clearTimeout(this.#timer);
      this.#left.abort();
    });
    socket.on('message', (data, isBinary) => void this.#receive(data, isBinary));
    // ws closes a connection that breaks its rules; what it says of it may hold what was sent.
    socket.on('error', () => undefined);
  }

  /** Messages answered, or refused, so far. */
  get messages(): number {
    return this.#messages;
  }

  /** Asks the client whether it is there, and ends the connection if it was not since the last time. */
  ping(): void {
    if (!this.#isAnswering) {
      this.#socket.terminate();
      return;
    }
    this.#isAnswering = false;
    this.#socket.ping();
  }

  /** Ends the connection of an API key that is not valid any more. */
  refuse(): void {
    this.#socket.close(POLICY_VIOLATION, 'the API key is unknown, expired or revoked');
  }

  /** Lets what is under way be answered, and ends the connection. */
  drain(): void {
    this.#isClosing = true;
    if (this.#inFlight === 0) this.#socket.close(GOING_AWAY, 'the server is stopping');
  }

  /** Ends the connection of a client that begins a message and holds the rest back. */
  #watch(chunk: Buffer): void {
    this.#frames.take(chunk);
    if (!this.#frames.isWithin) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else this.#timer ??= setTimeout(() => this.#giveUp(), this.#parts.messageMs).unref();
  }

  #giveUp(): void {
    // What is not read is not held back by its client: the time begins anew.
    if (this.#socket.isPaused) this.#timer?.refresh();
    else this.#socket.close(POLICY_VIOLATION, `a message took longer than ${this.#parts.messageMs} ms`);
  }

  async #receive(data: RawData, isBinary: boolean): Promise<void> {
    if (++this.#inFlight >= MAX_IN_FLIGHT) this.#socket.pause();
    this.#messages++;
    const answer = await this.#answer(bytesOf(data), isBinary);
    this.#socket.send(answer, () => {
      if (--this.#inFlight < MAX_IN_FLIGHT && this.#socket.isPaused) {
        this.#timer?.refresh();
        this.#socket.resume();
      }
      if (this.#isClosing) this.drain();
    });
  }

  async #answer(message: Buffer, isBinary: boolean): Promise<string | Uint8Array> {
    let id: string | number | null = null;
    try {
      if (this.#isClosing) throw serverIsStopping();
      const { chooser, caller, metrics, limits, maxMessageBytes } = this.#parts;
      let request: unknown;
      if (isBinary) id = readBinaryId(message);
      else ({ id, request } = splitMessage(await parseBytes(message, maxMessageBytes, 'message')));
      const call = isBinary ? parseBinaryRequest(message, limits) : parseSampleRequest(request, limits);
      const samples = await chooser.choose(call, caller, this.#left.signal);
      metrics.sampledTokens.inc({ engine: 'stream' }, samples.tokenIds.length);
      if (isBinary) return formatBinaryAnswer(Number(id), samples, call.wantsSteps === true);
      return JSON.stringify({ id, ...samplesJson(samples) });
    } catch (error) {
      const { logger, requestId } = this.#parts;
      const problem = toProblem(error);
      if (problem.kind === 'internal') {
        logger.error({ requestId, err: withoutData(error) }, 'a message failed');
      }
      return JSON.stringify({ id, object: 'problem', ...problem.toJson(requestId) });
    }
  }
}

/** Splits a JSON message into its number or name and the call. */
function splitMessage(value: unknown): { id: string | number | null; request: unknown } {
  if (typeof value !== 'object' || value === null || !('id' in value)) {
    throw new Problem('invalid-request', 'the message: must be an object with an "id"', { param: 'id' });
  }
  const { id, ...request } = value;
  if (!(Number.isSafeInteger(id) || (typeof id === 'string' && id.length <= 64))) {
    throw new Problem('invalid-request', '"id": must be an integer, or a string of up to 64 characters', {
      param: 'id',
    });
  }
  return { id: id as string | number, request };
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
