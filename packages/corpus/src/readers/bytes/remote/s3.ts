import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { CorpusError } from '../../../errors.ts';
import type { S3Access } from '../../../parts/s3/s3-access.ts';
import { encodeName } from '../../../parts/s3/s3-location.ts';

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

/** How a store is reached; without keys, as anybody. */
type Access = Pick<S3Access, 'endpoint' | 'region'> & Partial<S3Access>;

/**
 * Finds how stores are reached, where the tools of S3 find it: variables of the environment, then the profile in the files that
 * `aws configure` writes. Where there are no keys, requests are not signed, as for public buckets.
 */
function findAccess(environment: NodeJS.ProcessEnv = process.env): Access {
  const profile = environment['AWS_PROFILE'] || environment['AWS_DEFAULT_PROFILE'] || 'default';
  const home = join(homedir(), '.aws');
  const config = sectionOf(environment['AWS_CONFIG_FILE'] || join(home, 'config'), [
    `profile ${profile}`,
    profile,
  ]);
  const shared = sectionOf(environment['AWS_SHARED_CREDENTIALS_FILE'] || join(home, 'credentials'), [
    profile,
  ]);
  const region =
    environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || config.get('region') || 'us-east-1';
  const endpoint =
    environment['AWS_ENDPOINT_URL_S3'] ||
    environment['AWS_ENDPOINT_URL'] ||
    config.get('endpoint_url') ||
    `https://s3.${region}.amazonaws.com`;
  const base = { endpoint: endpoint.replace(/\/+$/, ''), region };
  const id = environment['AWS_ACCESS_KEY_ID'];
  const secret = environment['AWS_SECRET_ACCESS_KEY'];
  if (id && secret) return withKeys(base, id, secret, environment['AWS_SESSION_TOKEN']);
  for (const section of [shared, config]) {
    const [own, ownSecret] = [section.get('aws_access_key_id'), section.get('aws_secret_access_key')];
    if (own && ownSecret) return withKeys(base, own, ownSecret, section.get('aws_session_token'));
  }
  return base;
}

function withKeys(
  base: Pick<S3Access, 'endpoint' | 'region'>,
  accessKeyId: string,
  secretAccessKey: string,
  sessionToken: string | undefined,
): Access {
  return { ...base, accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** The values of the first of some sections that a file of settings has. */
function sectionOf(path: string, names: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (!existsSync(path)) return values;
  let section = '';
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, title] = /^\s*\[\s*(.*?)\s*\]/.exec(line) ?? [];
    if (title !== undefined) section = title;
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (names.includes(section) && name !== undefined && value !== undefined && !/^\s/.test(line))
      values.set(name, value);
  }
  return values;
}

/** A request for an object, or for a list of objects, signed anew: a signature never gets old. */
export async function s3Request(
  location: string,
  method: 'GET' | 'HEAD',
  headers: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>> = {},
): Promise<Request> {
  const { endpoint, region, accessKeyId, secretAccessKey, sessionToken } = findAccess();
  const { bucket, name } = parseS3(location);
  const isList = Object.keys(query).length > 0;
  const url = new URL(`${endpoint}/${bucket}${isList ? '' : `/${encodeName(name)}`}`);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  // After signing: there are stores whose front end changes this header.
  const { 'accept-encoding': accepted, ...signedHeaders } = headers;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    return new Request(url, { method, headers, redirect: 'manual' });
  }
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    region,
    service: 's3',
  });
  const signed = await client.sign(url, { method, headers: signedHeaders, redirect: 'manual' });
  if (accepted !== undefined) signed.headers.set('accept-encoding', accepted);
  return signed;
}
