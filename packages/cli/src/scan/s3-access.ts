import type { S3Access } from '@countermark/corpus';
import { findCredentials, isS3Location, s3Store } from '@countermark/corpus/driver';
import { CommandError } from '../command-error.ts';

/**
 * Finds how S3-compatible stores are reached: by the usual variables of the environment, and by the profile. Credentials that are not in the environment are found as those of
 * corpora are, where anybody has any: then nothing of them is kept here, as they expire.
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
  checkEndpoint(environment);
  const store = s3Store(environment);
  const sessionToken = environment['AWS_SESSION_TOKEN'];
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

function checkEndpoint(environment: NodeJS.ProcessEnv): void {
  const name = environment['AWS_ENDPOINT_URL_S3'] ? 'AWS_ENDPOINT_URL_S3' : 'AWS_ENDPOINT_URL';
  const value = environment[name];
  if (!value) return;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isPlain = url !== undefined && url.username === '' && url.password === '' && url.search === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return;
  throw new CommandError(`${name} expected an http(s) address without credentials or a query`);
}
