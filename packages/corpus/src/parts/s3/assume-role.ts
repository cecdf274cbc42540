/** Roles, asked of the Security Token Service (its Query API, version 2011-06-15). */

import { askService } from './ask-service.ts';
import { type AwsCredentials, serviceFailure, toCredentials } from './handed-out.ts';
import { readSecretFile } from './read-secret-file.ts';
import { guardedEndpoint, regionOf } from './service-endpoint.ts';
import { codeOf, signRequest } from './sign-request.ts';
import { unescapeXml } from './unescape-xml.ts';

/** A role, as the environment or a profile names it. */
export interface Role {
  /** Who names it, for messages: `the profile scanner`. */
  readonly by: string;
  readonly arn: string;
  readonly sessionName?: string | undefined;
  readonly externalId?: string | undefined;
  /** Seconds that the credentials are asked for. */
  readonly duration?: string | undefined;
}

/** How a session is called that nobody gave a name. */
const SESSION = 'countermark';

/**
 * Asks for a role on behalf of other credentials.
 *
 * @throws {CorpusError} `unreadable` if it is not given.
 */
export async function assumeRole(
  role: Role,
  by: AwsCredentials,
  environment: NodeJS.ProcessEnv,
): Promise<AwsCredentials> {
  const fields = {
    ...common('AssumeRole', role),
    ...(role.externalId ? { ExternalId: role.externalId } : {}),
  };
  return ask(role, environment, async () => ({ fields, by }));
}

/**
 * Asks for a role by the token of a web identity, which is read each time, as it is written anew.
 *
 * @throws {CorpusError} `unreadable` if the file cannot be read, or the role is not given.
 */
export async function assumeRoleWithWebIdentity(
  role: Role,
  tokenFile: string,
  environment: NodeJS.ProcessEnv,
): Promise<AwsCredentials> {
  return ask(role, environment, async () => ({
    fields: {
      ...common('AssumeRoleWithWebIdentity', role),
      WebIdentityToken: readSecretFile(tokenFile, 'token of a web identity'),
    },
  }));
}

function common(action: string, { arn, sessionName, duration }: Role): Readonly<Record<string, string>> {
  return {
    Action: action,
    Version: '2011-06-15',
    RoleArn: arn,
    RoleSessionName: sessionName || `${SESSION}-${Date.now()}`,
    ...(duration ? { DurationSeconds: duration } : {}),
  };
}

async function ask(
  role: Role,
  environment: NodeJS.ProcessEnv,
  make: () => Promise<{ readonly fields: Readonly<Record<string, string>>; readonly by?: AwsCredentials }>,
): Promise<AwsCredentials> {
  const subject = `STS, which is asked for the role of ${role.by},`;
  const region = regionOf(environment);
  const url = new URL(`${guardedEndpoint('sts', region, environment)}/`);
  const request = async (): Promise<Request> => {
    const { fields, by } = await make();
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const body = Buffer.from(new URLSearchParams(fields).toString());
    return signRequest(url, { method: 'POST', headers, body }, { region, service: 'sts' }, by);
  };
  const xml = await askService(subject, request, (status, text) =>
    serviceFailure(subject, { status, code: codeOf(text) }),
  );
  const names = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'];
  const values = names.map((name) => {
    const value = new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(xml)?.[1];
    return [name, value === undefined ? undefined : unescapeXml(value)];
  });
  return toCredentials(subject, Object.fromEntries(values));
}
