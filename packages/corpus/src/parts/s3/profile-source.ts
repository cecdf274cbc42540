/** Credentials of a profile of the files of `aws configure`: keys, or whom it names. */

import { CorpusError } from '../../errors.ts';
import { assumeRole, assumeRoleWithWebIdentity, type Role } from './assume-role.ts';
import { containerCredentials } from './container-credentials.ts';
import type { CredentialSource } from './credential-source.ts';
import type { AwsCredentials } from './handed-out.ts';
import { instanceCredentials } from './instance-credentials.ts';
import { processCredentials } from './process-credentials.ts';
import { type AwsFiles, readAwsFiles, type Section } from './profile.ts';
import { isSignOn, ssoCredentials } from './sso-credentials.ts';
import { environmentKeys, profileKeys } from './static-keys.ts';

/**
 * Finds who has the credentials of the profile in use.
 *
 * @returns undefined if the profile says nothing of credentials.
 * @throws {CorpusError} `unreadable` if a profile that is named is in no file, or cannot be followed.
 */
export function profileSource(environment: NodeJS.ProcessEnv): CredentialSource | undefined {
  const files = readAwsFiles(environment);
  if (files.of(files.profile) === undefined && !files.isNamed) return undefined;
  return sourceOf({ files, environment, passed: [] }, files.profile);
}

/** Where the search is. */
interface Search {
  readonly files: AwsFiles;
  readonly environment: NodeJS.ProcessEnv;
  /** Profiles that led here, by `source_profile`. */
  readonly passed: readonly string[];
}

function sourceOf(search: Search, profile: string): CredentialSource | undefined {
  const { files, environment, passed } = search;
  const values = files.of(profile);
  if (values === undefined) throw denied(`the profile ${profile} is in no file of profiles`);
  const keys = profileKeys(values);
  // A role's own keys may be those that ask for it: its `source_profile` is itself.
  const isSource = passed.length > 0;
  const hasBase = values.has('source_profile') || values.has('credential_source');
  if (!(isSource && keys !== undefined) && values.has('role_arn') && hasBase)
    return roleSource(search, profile, values);
  if (keys !== undefined) return { keys };
  const from = JSON.stringify([profile, ...values]);
  const tokenFile = values.get('web_identity_token_file');
  const role = roleOf(profile, values);
  if (tokenFile && role.arn)
    return { from, ask: async () => assumeRoleWithWebIdentity(role, tokenFile, environment) };
  const command = values.get('credential_process');
  if (command) return { from, ask: async () => processCredentials(profile, command, environment) };
  if (isSignOn(values)) {
    const session = files.section('sso-session', values.get('sso_session') ?? '');
    return {
      from: JSON.stringify([from, ...session]),
      ask: async () => ssoCredentials(files, profile, values, environment),
    };
  }
  if (role.arn)
    throw denied(`the profile ${profile} has a role_arn, and nobody who asks for it: no source_profile`);
  return undefined;
}

function roleSource(search: Search, profile: string, values: Section): CredentialSource {
  if (values.has('mfa_serial'))
    throw denied(
      `the profile ${profile} asks for a code (mfa_serial); \`aws configure export-credentials --format env\` asks for it and prints credentials`,
    );
  if (search.passed.includes(profile)) throw denied(`the profile ${profile} leads back to itself`);
  const role = roleOf(profile, values);
  const base = baseOf(search, profile, values);
  return {
    from: JSON.stringify([profile, ...values, 'keys' in base ? base.keys : base.from]),
    ask: async () => {
      const by = 'keys' in base ? base.keys : await base.ask();
      if (by === undefined) throw denied(`the profile ${profile}: its source has no credentials`);
      return assumeRole(role, by, search.environment);
    },
  };
}

function baseOf(search: Search, profile: string, values: Section): CredentialSource {
  const { environment, passed } = search;
  const source = values.get('source_profile');
  if (source !== undefined) {
    const found = sourceOf({ ...search, passed: [...passed, profile] }, source);
    if (found !== undefined) return found;
    throw denied(`the profile ${profile}: its source_profile ${source} has no credentials`);
  }
  switch (values.get('credential_source')) {
    case 'Environment': {
      const keys = environmentKeys(environment);
      if (keys !== undefined) return { keys };
      throw denied(`the profile ${profile}: there are no credentials in the environment`);
    }
    case 'EcsContainer':
      return {
        from: 'container',
        ask: async (): Promise<AwsCredentials> => containerCredentials(environment),
      };
    case 'Ec2InstanceMetadata':
      return { from: 'machine', ask: async () => instanceCredentials(environment) };
    default:
      throw denied(
        `the profile ${profile}: credential_source expected Environment, EcsContainer or Ec2InstanceMetadata`,
      );
  }
}

function roleOf(profile: string, values: Section): Role {
  return {
    by: `the profile ${profile}`,
    arn: values.get('role_arn') ?? '',
    sessionName: values.get('role_session_name'),
    externalId: values.get('external_id'),
    duration: values.get('duration_seconds'),
  };
}

function denied(message: string): CorpusError {
  return new CorpusError('unreadable', message, { reason: 'denied' });
}
