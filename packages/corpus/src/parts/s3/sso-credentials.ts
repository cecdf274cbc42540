/** Credentials of a single sign-on (IAM Identity Center), by the token that `aws sso login` keeps. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CorpusError } from '../../errors.ts';
import { askService } from './ask-service.ts';
import { type AwsCredentials, parseObject, serviceFailure, toCredentials } from './handed-out.ts';
import { type AwsFiles, awsDirectory, type Section } from './profile.ts';
import { guardedEndpoint } from './service-endpoint.ts';

/** What a profile says of a sign-on. */
interface SignOn {
  readonly profile: string;
  /** What the file of the token is called by: the session's name, or the address of the sign-on. */
  readonly key: string;
  readonly region: string;
  readonly account: string;
  readonly role: string;
}

/** Whether a profile's credentials are those of a single sign-on. */
export function isSignOn(values: Section): boolean {
  return values.has('sso_session') || values.has('sso_start_url') || values.has('sso_account_id');
}

/**
 * Asks for the credentials of a profile's role in its account.
 *
 * @throws {CorpusError} `unreadable` if the profile does not say enough, nobody has signed in, or the role is not given.
 */
export async function ssoCredentials(
  files: AwsFiles,
  profile: string,
  values: Section,
  environment: NodeJS.ProcessEnv,
): Promise<AwsCredentials> {
  const signOn = readSignOn(files, profile, values);
  const { region, account, role } = signOn;
  const url = new URL(`${guardedEndpoint('sso', region, environment)}/federation/credentials`);
  url.searchParams.set('role_name', role);
  url.searchParams.set('account_id', account);
  const subject = `the single sign-on of the profile ${profile}`;
  const headers = { 'x-amz-sso_bearer_token': readToken(signOn, environment) };
  const text = await askService(
    subject,
    async () => new Request(url, { headers, redirect: 'manual' }),
    (status) => (status === 401 ? signInAgain(profile, undefined) : serviceFailure(subject, { status })),
  );
  const given = parseObject(JSON.stringify(parseObject(text)['roleCredentials'] ?? {}));
  return toCredentials(subject, {
    AccessKeyId: given['accessKeyId'],
    SecretAccessKey: given['secretAccessKey'],
    SessionToken: given['sessionToken'],
    Expiration: given['expiration'],
  });
}

function readSignOn(files: AwsFiles, profile: string, values: Section): SignOn {
  const session = values.get('sso_session');
  const found = session === undefined ? values : files.section('sso-session', session);
  const take = (from: Section, name: string): string => {
    const value = from.get(name);
    if (value) return value;
    const where = from === values ? `the profile ${profile}` : `the sso-session ${session}`;
    throw new CorpusError('unreadable', `${where} has no ${name}`, { reason: 'denied' });
  };
  const startUrl = take(found, 'sso_start_url');
  return {
    profile,
    key: session ?? startUrl,
    region: take(found, 'sso_region'),
    account: take(values, 'sso_account_id'),
    role: take(values, 'sso_role_name'),
  };
}

function readToken({ profile, key }: SignOn, environment: NodeJS.ProcessEnv): string {
  const name = `${createHash('sha1').update(key).digest('hex')}.json`;
  let kept: Readonly<Record<string, unknown>>;
  try {
    kept = parseObject(readFileSync(join(awsDirectory(environment), 'sso', 'cache', name), 'utf8'));
  } catch (cause) {
    throw signInAgain(profile, cause);
  }
  const token = kept['accessToken'];
  // Older tools end the time with `UTC`.
  const expiresMs = Date.parse(String(kept['expiresAt']).replace(/UTC$/, 'Z'));
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || !(expiresMs > Date.now()))
    throw signInAgain(profile, undefined);
  return token;
}

function signInAgain(profile: string, cause: unknown): CorpusError {
  const line = `aws sso login${profile === 'default' ? '' : ` --profile ${profile}`}`;
  const message = `the profile ${profile} is not signed in, or no longer: run \`${line}\``;
  return new CorpusError('unreadable', message, { cause, reason: 'denied' });
}
