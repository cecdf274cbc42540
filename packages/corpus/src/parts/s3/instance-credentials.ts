/** Credentials of a machine by its role: of EC2, from the metadata service in its second version, which takes a token. */

import { repeat } from '@countermark/host';
import { askMetadata } from './ask-metadata.ts';
import { type AwsCredentials, parseCredentials, serviceFailure } from './handed-out.ts';

const SERVICE = 'http://169.254.169.254';
const SERVICE_V6 = 'http://[fd00:ec2::254]';
/** Where nobody is, nobody answers: the first request waits no longer than this, in milliseconds. */
const FIRST_TIMEOUT_MS = 1000;
const TOKEN_SECONDS = 21_600;
const ROLES = '/latest/meta-data/iam/security-credentials/';

const SUBJECT = 'the metadata service of this machine';

/**
 * Asks for the credentials of the machine's role.
 *
 * @returns undefined if there is no such service here, it is switched off (`AWS_EC2_METADATA_DISABLED`), or the machine has no role.
 * @throws {CorpusError} `unreadable` if it answered, and then did not.
 */
export async function instanceCredentials(
  environment: NodeJS.ProcessEnv,
): Promise<AwsCredentials | undefined> {
  if (environment['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return undefined;
  const isV6 = environment['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE']?.toLowerCase() === 'ipv6';
  const given = environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'];
  const service = (given || (isV6 ? SERVICE_V6 : SERVICE)).replace(/\/+$/, '');
  const token = await tokenOf(service);
  if (token === undefined) return undefined;
  const headers = { 'x-aws-ec2-metadata-token': token };
  const role = await read(`${service}${ROLES}`, headers);
  const name = role?.split('\n', 1)[0]?.trim();
  if (!name) return undefined;
  const text = await read(`${service}${ROLES}${encodeURIComponent(name)}`, headers);
  return text === undefined ? undefined : parseCredentials(SUBJECT, text);
}

async function tokenOf(service: string): Promise<string | undefined> {
  try {
    const { status, text } = await askMetadata(`${service}/latest/api/token`, {
      method: 'PUT',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS) },
      timeoutMs: FIRST_TIMEOUT_MS,
    });
    return status === 200 && text !== '' && !/[\r\n]/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

async function read(url: string, headers: Readonly<Record<string, string>>): Promise<string | undefined> {
  return repeat(async () => {
    const answer = await askMetadata(url, { headers }).catch((cause: unknown) => {
      throw serviceFailure(SUBJECT, { cause });
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw serviceFailure(SUBJECT, { status: answer.status });
    return answer.text;
  });
}
