import type { Session } from './session.ts';

/** What a failed request says, as RFC 9457 has it. */
export interface ProblemDetails {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The request's id, which the server's log has too; empty where no server answered. */
  readonly instance: string;
}

/** Thrown where the server answers a request with a problem, or cannot be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: ProblemDetails;

  constructor(problem: ProblemDetails, options?: ErrorOptions) {
    super(problem.detail, options);
    this.problem = problem;
  }
}

/** A request to the server's API. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as multipart. */
  readonly form?: FormData;
  readonly accept?: string;
  /** Of a stream that is resumed; empty for its beginning. */
  readonly lastEventId?: string;
  readonly signal?: AbortSignal;
  /** Used instead of the session's. */
  readonly apiKey?: string;
}

/** The server's API, called with the API key of a session if it has one. */
export class Api {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Sends a request.
   *
   * @throws {ApiError} if it fails.
   */
  async send(
    path: string,
    {
      method = 'GET',
      json,
      form,
      accept,
      lastEventId = '',
      signal,
      apiKey = this.#session.apiKey,
    }: ApiRequest = {},
  ): Promise<Response> {
    const headers = new Headers();
    if (apiKey !== undefined) headers.set('Authorization', `Bearer ${apiKey}`);
    if (accept !== undefined) headers.set('Accept', accept);
    if (lastEventId !== '') headers.set('Last-Event-ID', lastEventId);
    if (json !== undefined) headers.set('Content-Type', 'application/json');
    const body = json === undefined ? form : JSON.stringify(json);
    let response: Response;
    try {
      response = await fetch(path, {
        method,
        headers,
        cache: 'no-store',
        credentials: 'omit',
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new ApiError(UNREACHABLE, { cause });
    }
    if (response.ok) return response;
    throw new ApiError(await problemOf(response));
  }

  /**
   * Asks whether an API key is one of the server's, whatever its scopes.
   *
   * @throws {ApiError} if it is not.
   */
  async check(apiKey: string): Promise<void> {
    try {
      await this.send('/v1/keys', { apiKey });
    } catch (error) {
      if (!(error instanceof ApiError && error.problem.status === 403)) throw error;
    }
  }

  /** Sends a request, and reads the JSON that answers it. */
  async json<T>(path: string, request?: ApiRequest): Promise<T> {
    return (await (await this.send(path, request)).json()) as T;
  }
}

const UNREACHABLE: ProblemDetails = {
  title: 'The server cannot be reached',
  status: 0,
  detail: 'check the connection, and try again',
  instance: '',
};

async function problemOf(response: Response): Promise<ProblemDetails> {
  const { status } = response;
  try {
    const { title, detail, instance } = (await response.json()) as Partial<ProblemDetails>;
    if (title !== undefined && detail !== undefined) {
      return { title, status, detail: detail + waitOf(response), instance: instance ?? '' };
    }
  } catch {
    // An answer that is no JSON is not this server's own: a proxy's, say.
  }
  return { title: 'The request failed', status, detail: `the answer had status ${status}`, instance: '' };
}

function waitOf(response: Response): string {
  const seconds = Number(response.headers.get('Retry-After') ?? 0);
  if (!(seconds > 0)) return '';
  return seconds > 90 ? `; try again in ${Math.ceil(seconds / 60)} minutes` : `; try again in ${seconds} s`;
}
