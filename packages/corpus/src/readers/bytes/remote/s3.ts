import { CorpusError } from '../../../errors.ts';
import { findCredentials } from '../../../parts/s3/aws-credentials.ts';
import type { AwsCredentials } from '../../../parts/s3/handed-out.ts';
import { encodeName } from '../../../parts/s3/s3-location.ts';
import { s3Store } from '../../../parts/s3/service-endpoint.ts';
import { codeOf, mayBeExpired, signRequest } from '../../../parts/s3/sign-request.ts';

/** Whether a location is in an S3-compatible store. */
export function isS3(location: string): boolean {
  return /^s3:\/\//i.test(location);
}

/** An object or a prefix in a bucket. */
export interface S3Name {
  readonly bucket: string;
  readonly name: string;
}

/**
 * Takes apart `s3://bucket/name`.
 *
 * @throws {CorpusError} `no-input` if it is no such address.
 */
export function parseS3(location: string): S3Name {
  const [, bucket, name = ''] = /^s3:\/\/([A-Za-z0-9][\w.-]*)(?:\/(.*))?$/is.exec(location) ?? [];
  if (bucket === undefined)
    throw new CorpusError('no-input', 'the address of a store must be s3://bucket/name');
  return { bucket, name };
}

/** Says that requests are not signed; called as the option of the tools of AWS. */
const UNSIGNED = 'AWS_NO_SIGN_REQUEST';

function isUnsigned(environment: NodeJS.ProcessEnv): boolean {
  const value = environment[UNSIGNED] ?? '';
  if (/^(?:yes|true|1)$/i.test(value)) return true;
  if (/^(?:no|false|0)?$/i.test(value)) return false;
  throw new CorpusError('unreadable', `${UNSIGNED} expected yes or no`, { reason: 'denied' });
}

/**
 * Sends a request for an object, or for a list of objects, signed with the credentials of now. Where the store says that these have expired,
 * though nobody expected that yet, it is sent again with others, if there are any.
 *
 * @throws {CorpusError} `unreadable` if credentials are not handed out that should be.
 */
export async function sendToS3(
  location: string,
  { method, headers, query = {} }: S3Asked,
  rest: RequestInit,
): Promise<Response> {
  const { endpoint, region } = s3Store(process.env);
  const { bucket, name } = parseS3(location);
  const isList = Object.keys(query).length > 0;
  const url = new URL(`${endpoint}/${bucket}${isList ? '' : `/${encodeName(name)}`}`);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  const { 'accept-encoding': _, ...signedHeaders } = headers;
  const send = async (by: AwsCredentials | undefined): Promise<Response> =>
    fetch(await signRequest(url, { method, headers: signedHeaders }, { region }, by), rest);
  const credentials = isUnsigned(process.env) ? undefined : await findCredentials();
  const response = await send(credentials);
  if (response.ok || credentials === undefined) return response;
  // Of large answers none is a refusal.
  const code = response.status < 500 && method !== 'HEAD' ? codeOf(await response.clone().text()) : undefined;
  if (!mayBeExpired(response.status, method, code)) return response;
  const fresh = await findCredentials(process.env, credentials);
  if (fresh === undefined) return response;
  await response.body?.cancel();
  return send(fresh);
}

/** What a store is asked. */
interface S3Asked {
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  /** Asks for a list. */
  readonly query?: Readonly<Record<string, string>> | undefined;
}
