/** A failed request as RFC 9457 "problem details", with the member that OpenAI's clients read beside it. */
export interface ProblemJson {
  /** What kind of problem it is: a path of this server, stable. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The request's id, which its log lines carry too. */
  readonly instance: string;
  /** The same for OpenAI's clients. */
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly code: string;
    readonly param: string | null;
  };
  readonly [extension: string]: unknown;
}

/** The kinds of problems, with their status and title; renaming one is a breaking change. */
export const PROBLEMS = {
  'invalid-request': [400, 'The request is not valid'],
  'invalid-json': [400, 'The body is not JSON'],
  unauthorized: [401, 'An API key is needed'],
  forbidden: [403, 'This is not allowed'],
  'not-found': [404, 'There is nothing of that name'],
  'method-not-allowed': [405, 'The address does not answer this method'],
  'not-acceptable': [406, 'The answer has none of the types that were asked for'],
  'body-too-slow': [408, 'The body did not come in time'],
  conflict: [409, 'The request contradicts what is there'],
  gone: [410, 'It is no longer there'],
  'body-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body has a type that is not accepted'],
  'limit-exceeded': [422, 'The request exceeds a limit'],
  unprocessable: [422, 'The request cannot be carried out'],
  'budget-spent': [429, 'The budget of this hour is spent'],
  cancelled: [499, 'The client went away'],
  internal: [500, 'The server failed'],
  overloaded: [503, 'The server is busy'],
  'time-limit': [503, 'The work took too long'],
} as const satisfies Record<string, readonly [number, string]>;

/** One of {@link PROBLEMS}. */
export type ProblemKind = keyof typeof PROBLEMS;

/** What a problem may say beside its detail. */
export interface ProblemOptions extends ErrorOptions {
  /** The field of the request that is at fault, as a path such as `keys.0`. */
  readonly param?: string;
  /** The limit that was exceeded, which the client can read. */
  readonly limit?: { readonly name: string; readonly value: number };
  /** Seconds after which the request may succeed; sent as `Retry-After`. */
  readonly retryAfter?: number;
}

/** Thrown where a request ends in a failure that its client is told of. The detail holds no text, key or code of anybody's. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly status: number;
  readonly param: string | undefined;
  readonly limit: ProblemOptions['limit'];
  readonly retryAfter: number | undefined;

  constructor(kind: ProblemKind, detail: string, options: ProblemOptions = {}) {
    super(detail, options);
    this.kind = kind;
    this.status = PROBLEMS[kind][0];
    this.param = options.param;
    this.limit = options.limit;
    this.retryAfter = options.retryAfter;
  }

  /** Returns what is sent. */
  toJson(requestId: string): ProblemJson {
    return {
      type: `/problems/${this.kind}`,
      title: PROBLEMS[this.kind][1],
      status: this.status,
      detail: this.message,
      instance: requestId,
      ...(this.limit === undefined ? {} : { limit: this.limit }),
      error: {
        message: this.message,
        type: errorType(this.status),
        code: this.kind,
        param: this.param ?? null,
      },
    };
  }
}

/** Returns the problem of a request that a stopping server does not take up. */
export function serverIsStopping(): Problem {
  return new Problem('overloaded', 'the server is stopping: try again in a few seconds', { retryAfter: 5 });
}

/** Returns the problem of a request that needs an API key and has none. */
export function apiKeyIsMissing(): Problem {
  return new Problem('unauthorized', 'send an API key: "Authorization: Bearer cmk_…"');
}

// The words that OpenAI's API uses.
function errorType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** Says that there is no key of an id. */
export function unknownKey(keyId: string): Problem {
  return new Problem('not-found', `there is no key ${keyId}`, { param: 'keyId' });
}
