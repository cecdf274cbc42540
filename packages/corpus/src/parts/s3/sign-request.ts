import { AwsClient } from 'aws4fetch';
import type { AwsCredentials } from './handed-out.ts';

/** A request to a store or a service, before it is signed. */
export interface UnsignedRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Those that are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Whom a signature is for. */
export interface SignedFor {
  readonly region: string;
  /** Default `s3`. */
  readonly service?: 's3' | 'sts';
}

/**
 * Signs a request (AWS Signature Version 4), anew each time: a signature never gets old.
 *
 * @param credentials whose it is; without any it goes unsigned, as anybody may read a public bucket.
 */
export async function signRequest(
  url: URL,
  { method, headers = {}, body }: UnsignedRequest,
  { region, service = 's3' }: SignedFor,
  credentials: AwsCredentials | undefined,
): Promise<Request> {
  const init: RequestInit = {
    method,
    headers,
    // An answer that sends elsewhere names another region, and the signature is for this one.
    redirect: 'manual',
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  };
  const request =
    credentials === undefined
      ? new Request(url, init)
      : await new AwsClient({ ...keysOf(credentials), region, service }).sign(url, init);
  // After signing: there are stores whose front end changes this header.
  request.headers.set('accept-encoding', 'identity');
  return request;
}

function keysOf({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: AwsCredentials): Omit<AwsCredentials, 'expiresMs'> {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

const EXPIRED = /^(?:ExpiredToken(?:Exception)?|InvalidToken|RequestExpired|TokenRefreshRequired)$/;
const REFUSALS = [400, 401, 403];

/**
 * Whether a refusal says that credentials are no longer valid; where its body cannot say so, whether that may be.
 *
 * @param code the store's word; undefined if it gave none.
 */
export function mayBeExpired(status: number, method: string, code: string | undefined): boolean {
  return REFUSALS.includes(status) && (method === 'HEAD' || (code !== undefined && EXPIRED.test(code)));
}

/** The store's word for a failure, as `SlowDown`; undefined if its answer has none. */
export function codeOf(body: string): string | undefined {
  return /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(body)?.[1];
}
