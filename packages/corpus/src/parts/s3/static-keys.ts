import type { AwsCredentials } from './handed-out.ts';
import type { Section } from './profile.ts';

/** Keys in the environment, if they are there. */
export function environmentKeys(environment: NodeJS.ProcessEnv): AwsCredentials | undefined {
  return keysOf(
    environment['AWS_ACCESS_KEY_ID'],
    environment['AWS_SECRET_ACCESS_KEY'],
    environment['AWS_SESSION_TOKEN'],
  );
}

/** Keys of a profile, if it has any. */
export function profileKeys(profile: Section): AwsCredentials | undefined {
  return keysOf(
    profile.get('aws_access_key_id'),
    profile.get('aws_secret_access_key'),
    profile.get('aws_session_token'),
  );
}

function keysOf(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
): AwsCredentials | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
