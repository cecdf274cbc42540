import { assumeRoleWithWebIdentity } from './assume-role.ts';
import type { CredentialSource } from './credential-source.ts';

/** The role that the environment names with the file of a web identity's token, if it does. */
export function webIdentityOf(environment: NodeJS.ProcessEnv): CredentialSource | undefined {
  const tokenFile = environment['AWS_WEB_IDENTITY_TOKEN_FILE'];
  const arn = environment['AWS_ROLE_ARN'];
  if (!tokenFile || !arn) return undefined;
  const sessionName = environment['AWS_ROLE_SESSION_NAME'];
  const role = { by: 'AWS_ROLE_ARN', arn, sessionName };
  return {
    from: 'web identity',
    ask: async () => assumeRoleWithWebIdentity(role, tokenFile, environment),
  };
}
