/** Credentials for S3-compatible stores, found where the tools of AWS find them, and new ones before they expire. */

import { containerCredentials, isInContainer } from './container-credentials.ts';
import type { CredentialSource } from './credential-source.ts';
import type { AwsCredentials } from './handed-out.ts';
import { instanceCredentials } from './instance-credentials.ts';
import { profileSource } from './profile-source.ts';
import { isSame, RenewedCredentials } from './renewed-credentials.ts';
import { environmentKeys } from './static-keys.ts';
import { webIdentityOf } from './web-identity.ts';

/**
 * Finds credentials: in the environment, else by its web identity, else in the profile's files, which are read each time, else those of the container (ECS, EKS
 * pod identity), else those of the machine (EC2). What is handed out is kept until shortly before it expires.
 *
 * @param expired credentials that a store would not take any more: others are found, or none.
 * @returns undefined where there are none, so that requests go unsigned; or no others.
 * @throws {CorpusError} `unreadable` with reason `denied` if somebody who is named does not give any.
 */
export async function findCredentials(
  environment: NodeJS.ProcessEnv = process.env,
  expired?: AwsCredentials,
): Promise<AwsCredentials | undefined> {
  const source = sourceOf(environment);
  const found = 'keys' in source ? source.keys : await renewed(source, environment).current(expired);
  return found !== undefined && expired !== undefined && isSame(found, expired) ? undefined : found;
}

function sourceOf(environment: NodeJS.ProcessEnv): CredentialSource {
  const keys = environmentKeys(environment);
  if (keys !== undefined) return { keys };
  const named = webIdentityOf(environment) ?? profileSource(environment);
  if (named !== undefined) return named;
  return isInContainer(environment)
    ? { from: 'container', ask: async () => containerCredentials(environment) }
    : { from: 'machine', ask: async () => instanceCredentials(environment) };
}

// One for all requests of a thread, as long as the environment and the profile say the same.
let held: { readonly from: string; readonly credentials: RenewedCredentials } | undefined;

function renewed(
  source: Exclude<CredentialSource, { keys: unknown }>,
  environment: NodeJS.ProcessEnv,
): RenewedCredentials {
  const variables = Object.entries(environment).filter(([name]) => name.startsWith('AWS_'));
  const from = JSON.stringify([source.from, variables]);
  if (held?.from !== from) held = { from, credentials: new RenewedCredentials(source.ask) };
  return held.credentials;
}
