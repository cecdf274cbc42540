/** Credentials of a container: of an ECS task, or of an EKS pod. */

import { repeat } from '@countermark/host';
import { CorpusError } from '../../errors.ts';
import { askMetadata } from './ask-metadata.ts';
import { type AwsCredentials, parseCredentials, serviceFailure } from './handed-out.ts';
import { readSecretFile } from './read-secret-file.ts';

const RELATIVE = 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI';
const FULL = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';
const TOKEN = 'AWS_CONTAINER_AUTHORIZATION_TOKEN';
const TOKEN_FILE = 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE';

/** Where ECS answers for a relative address. */
const ECS = 'http://169.254.170.2';
/** Over plain HTTP only this machine is asked, and the services of ECS and EKS on it. */
const OWN_HOSTS =
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\])$/;

const SUBJECT = 'the service with the credentials of this container';

/** Whether the environment says that a service has the credentials of this container. */
export function isInContainer(environment: NodeJS.ProcessEnv): boolean {
  return Boolean(environment[RELATIVE] || environment[FULL]);
}

/**
 * Asks for the credentials of the container. The token that proves who asks is read from its file each time, as it is written anew.
 *
 * @throws {CorpusError} `unreadable` if the service does not give them, or its address is one that a secret must not be sent to.
 */
export async function containerCredentials(environment: NodeJS.ProcessEnv): Promise<AwsCredentials> {
  const url = addressOf(environment);
  return repeat(async () => {
    const token = tokenOf(environment);
    const headers = token === undefined ? {} : { authorization: token };
    const answer = await askMetadata(url, { headers }).catch((cause: unknown) => {
      throw serviceFailure(SUBJECT, { cause });
    });
    if (answer.status !== 200) throw serviceFailure(SUBJECT, { status: answer.status });
    return parseCredentials(SUBJECT, answer.text);
  });
}

function addressOf(environment: NodeJS.ProcessEnv): string {
  const relative = environment[RELATIVE];
  if (relative) return new URL(relative, ECS).href;
  const full = environment[FULL] ?? '';
  const url = URL.canParse(full) ? new URL(full) : undefined;
  const isOwn = url?.protocol === 'https:' || (url?.protocol === 'http:' && OWN_HOSTS.test(url.hostname));
  if (url === undefined || !isOwn)
    throw new CorpusError('unreadable', `${FULL} expected an https address, or one of this machine`, {
      reason: 'denied',
    });
  return url.href;
}

function tokenOf(environment: NodeJS.ProcessEnv): string | undefined {
  const path = environment[TOKEN_FILE];
  if (!path) return environment[TOKEN] || undefined;
  return readSecretFile(path, 'token of a container');
}
