import type { S3Access } from '@countermark/corpus';
import { findCredentials, isS3Location } from '@countermark/corpus/driver';
import { CommandError } from '../command-error.ts';

/**
 * Finds how S3-compatible stores are reached: in the usual variables of the environment. Credentials that are not there are those of a profile, a container or the
 * machine, where one of them has any: then nothing of them is kept here, as they expire.
 *
 * @param locations   where parts are or go.
 * @param environment variables of the process.
 * @returns undefined if none of the locations is in a store.
 * @throws {CommandError} naming the variable that is missing or cannot be used, never its value.
 */
export async function findS3Access(
  locations: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<S3Access | undefined> {
  if (!locations.some(isS3Location)) return undefined;
  const region = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || 'us-east-1';
  const sessionToken = environment['AWS_SESSION_TOKEN'];
  const store = { endpoint: endpointOf(environment) ?? `https://s3.${region}.amazonaws.com`, region };
  const isGiven = Boolean(environment['AWS_ACCESS_KEY_ID'] || environment['AWS_SECRET_ACCESS_KEY']);
  if (!isGiven && (await findCredentials(environment)) !== undefined) return store;
  return {
    ...store,
    accessKeyId: needed(environment, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: needed(environment, 'AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken ? { sessionToken } : {}),
  };
}

/**
 * Passes on a path of this machine.
 *
 * @throws {CommandError} if it is in a store: only parts may be there.
 */
export function requirePath(option: string, path: string): string {
  if (!isS3Location(path)) return path;
  throw new CommandError(`--${option} expected a path: only --parts may be in a store`);
}

function needed(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value) return value;
  throw new CommandError(`parts in a store need ${name} in the environment`);
}

function endpointOf(environment: NodeJS.ProcessEnv): string | undefined {
  const name = environment['AWS_ENDPOINT_URL_S3'] ? 'AWS_ENDPOINT_URL_S3' : 'AWS_ENDPOINT_URL';
  const value = environment[name];
  if (!value) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isPlain = url !== undefined && url.username === '' && url.password === '' && url.search === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return value;
  throw new CommandError(`${name} expected an http(s) address without credentials or a query`);
}
