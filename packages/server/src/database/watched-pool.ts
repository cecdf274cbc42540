import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { asAway, DatabaseAwayError } from './database-away.ts';

/** Where a pool connects to, and how long it waits. */
export interface PoolOptions {
  /** `postgres://…`. Holds a password: no message repeats it. */
  readonly url: string;
  readonly connections: number;
  /** A statement, or a connection until it is there, may take so long, in ms. */
  readonly limitMs: number;
  /** Receives the faults of idle connections, which the pool replaces. */
  readonly onError: (error: Error) => void;
  /** Told where the database says nothing any more, and where it does again. */
  readonly onSilence: (isSilent: boolean) => void;
}

/** Runs a statement, or without values several in one text, on one connection. */
export type Run = (text: string, values?: readonly unknown[]) => Promise<readonly unknown[]>;

/** Thrown where a statement has taken too long; whether it is carried out nobody knows. */
class LateError extends DatabaseAwayError {}

// Who is asked whether the database is back is asked so often, in ms.
const PROBE_EVERY_MS = 1_000;
/** A pool that is closed waits so long for a database that says nothing, in ms. */
const CLOSE_MS = 2_000;

/**
 * Connections to a PostgreSQL, which may be cut off without a word: then nothing is refused, packets are lost, and a system notices after a
 * quarter of an hour. Where a statement takes too long, all others fail at once until a new connection is answered.
 */
export class WatchedPool {
  readonly #options: PoolOptions;
  readonly #pool: pg.Pool;
  readonly #sockets = new Set<Socket>();
  #isSilent = false;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#pool = new pg.Pool({
      connectionString: options.url,
      max: options.connections,
      connectionTimeoutMillis: options.limitMs,
      stream: () => this.#newSocket(),
    });
    this.#pool.on('error', options.onError);
  }

  /**
   * Does work on a connection of its own, which is thrown away where its last statement failed: nobody knows its state.
   *
   * @param limitMs how long each statement may take (default the pool's).
   * @throws {DatabaseAwayError} if the database does not answer.
   */
  async use<T>(work: (run: Run) => Promise<T>, limitMs: number = this.#options.limitMs): Promise<T> {
    if (this.#isSilent) throw new DatabaseAwayError('the database does not answer');
    const client = await this.#pool.connect().catch((error: unknown) => {
      if (isTimeout(error)) this.#suspect();
      throw asAway(error);
    });
    // What breaks a connection that is in use ends its statements; without a listener it would end the process.
    client.on('error', ignore);
    let isClean = true;
    try {
      return await work(async (text, values) => {
        isClean = false;
        const rows = await inTime(client, text, values, limitMs);
        isClean = true;
        return rows;
      });
    } catch (error) {
      if (error instanceof LateError) this.#suspect();
      throw asAway(error);
    } finally {
      client.off('error', ignore);
      client.release(!isClean);
    }
  }

  /** Ends all connections, also those that nobody answers on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const isSilent = sleep(CLOSE_MS, undefined, { ref: false });
    await Promise.race([this.#pool.end(), isSilent]);
    this.#cut();
  }

  #newSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #suspect(): void {
    if (this.#isSilent || this.#isClosed) return;
    this.#isSilent = true;
    void this.#waitForAnswer();
  }

  // One statement that is slow is no silence: then a new connection is answered at once.
  async #waitForAnswer(): Promise<void> {
    let probes = 0;
    while (!this.#isClosed && !(await this.#isAnswered())) {
      if (probes++ === 0) {
        this.#options.onSilence(true);
        this.#cut();
      }
      await sleep(PROBE_EVERY_MS, undefined, { ref: false });
    }
    this.#isSilent = false;
    if (probes > 0 && !this.#isClosed) this.#options.onSilence(false);
  }

  /** Whether the database answers a new connection, be it by a refusal. */
  async #isAnswered(): Promise<boolean> {
    const socket = this.#newSocket();
    const client = new pg.Client({ connectionString: this.#options.url, stream: () => socket });
    client.on('error', ignore);
    const answer = client.connect().then(
      () => true,
      () => !this.#isClosed,
    );
    const isAnswered = await Promise.race([answer, sleep(this.#options.limitMs, false, { ref: false })]);
    socket.destroy();
    return isAnswered;
  }
}

async function inTime(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[] | undefined,
  limitMs: number,
): Promise<readonly unknown[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateError('the database does not answer')), limitMs);
  });
  // Several statements, of which only the last one's rows are wanted, have several results.
  const answer: Promise<unknown> = client.query(text, values === undefined ? undefined : [...values]);
  answer.catch(ignore);
  try {
    const result = await Promise.race([answer, late]);
    const last: unknown = Array.isArray(result) ? result.at(-1) : result;
    return (last as { rows?: readonly unknown[] } | undefined)?.rows ?? [];
  } finally {
    clearTimeout(timer);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && /timeout/.test(error.message);
}

function ignore(): void {}
