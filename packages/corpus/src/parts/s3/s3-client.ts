import { createHash } from 'node:crypto';
import { isPassingStatus, repeat, retryAfterMs } from '@countermark/host';
import { CorpusError } from '../../errors.ts';
import { findCredentials } from './aws-credentials.ts';
import type { AwsCredentials } from './handed-out.ts';
import type { S3Access } from './s3-access.ts';
import { encodeName } from './s3-location.ts';
import { codeOf, mayBeExpired, signRequest } from './sign-request.ts';

/** What a store is asked. */
export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Name of the object in the bucket; empty for the bucket itself. */
  readonly name: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** What a store answered, read to its end. */
export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** The store's word for a failure, as `SlowDown`; absent if it gave none. */
  readonly code?: string;
  /** How long it asks to be left alone, in milliseconds; absent if it does not say. */
  readonly afterMs?: number;
}

/** Speaks to one bucket: signs requests, and repeats those that failed on the way or in the store. */
export class S3Client {
  /** Undefined where they are found, and new ones before they expire. */
  readonly #given: AwsCredentials | undefined;
  readonly #region: string;
  readonly #address: string;

  constructor({ endpoint, region, accessKeyId, secretAccessKey, sessionToken }: S3Access, bucket: string) {
    const isGiven = accessKeyId !== undefined && secretAccessKey !== undefined;
    this.#given = isGiven
      ? { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
      : undefined;
    this.#region = region;
    this.#address = `${endpoint.replace(/\/+$/, '')}/${bucket}`;
  }

  /**
   * Sends a request until it is answered.
   *
   * @param subject what it is about, for messages.
   * @returns the answer, also if it is a refusal.
   * @throws {CorpusError} `unreadable` if all attempts failed.
   */
  async send(subject: string, request: S3Request): Promise<S3Answer> {
    return repeat(async () => {
      const credentials = this.#given ?? (await findCredentials());
      let answer = await this.#ask(subject, request, credentials);
      const isStale = mayBeExpired(answer.status, request.method, answer.code);
      if (isStale && this.#given === undefined && credentials !== undefined) {
        const fresh = await findCredentials(process.env, credentials);
        if (fresh !== undefined) answer = await this.#ask(subject, request, fresh);
      }
      if (isPassing(answer)) throw refusal(subject, answer);
      return answer;
    });
  }

  async #ask(
    subject: string,
    { method, name, query = {}, headers = {}, body }: S3Request,
    credentials: AwsCredentials | undefined,
  ): Promise<S3Answer> {
    const url = new URL(name === '' ? this.#address : `${this.#address}/${encodeName(name)}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const unsigned = {
      method,
      // Signed with the rest, so that the store refuses a body that was changed on the way.
      headers: { ...headers, 'x-amz-content-sha256': sha256(body ?? new Uint8Array(0)) },
      ...(body === undefined ? {} : { body }),
    };
    const signed = await signRequest(url, unsigned, { region: this.#region }, credentials);
    try {
      return await receive(await fetch(signed), method);
    } catch (cause) {
      // Whatever it is, the address is the one that other requests were answered at.
      throw new CorpusError('unreadable', `${subject}: the store does not answer`, { cause, passing: {} });
    }
  }
}

/** Tells a store's refusal, in its own word and nothing else of what it sent. */
export function refusal(subject: string, answer: S3Answer): CorpusError {
  const { status, code, afterMs } = answer;
  const why = code === undefined ? '' : ` (${code})`;
  const passing = isPassing(answer) ? { ...(afterMs === undefined ? {} : { afterMs }) } : undefined;
  return new CorpusError('unreadable', `${subject}: the store answers ${status}${why}`, { passing });
}

async function receive(response: Response, method: S3Request['method']): Promise<S3Answer> {
  const body = Buffer.from(await response.arrayBuffer());
  const length = response.headers.get('content-length');
  // An answer to HEAD has no body, and the length of what it is about.
  if (method !== 'HEAD' && length !== null && Number(length) !== body.length)
    throw new Error('the answer was cut short');
  const { status, ok, headers } = response;
  const code = ok ? undefined : codeOf(body.toString('utf8'));
  const afterMs = retryAfterMs(response.headers);
  return {
    status,
    headers,
    body,
    ...(code === undefined ? {} : { code }),
    ...(afterMs === undefined ? {} : { afterMs }),
  };
}

// Failures of the moment, of the store or of two writers that met.
function isPassing({ status, code }: S3Answer): boolean {
  return isPassingStatus(status) || status === 409 || code === 'RequestTimeout';
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
