import { exec } from 'node:child_process';
import { CorpusError } from '../../errors.ts';
import { type AwsCredentials, parseObject, toCredentials } from './handed-out.ts';

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 2 ** 20;

/**
 * Runs the command of a profile (`credential_process`) in a shell, and reads what it prints. What it writes to its standard error is taken for secret.
 *
 * @param profile for messages.
 * @throws {CorpusError} `unreadable` if it fails, takes more than a minute, or prints no credentials of version 1.
 */
export async function processCredentials(
  profile: string,
  command: string,
  environment: NodeJS.ProcessEnv,
): Promise<AwsCredentials> {
  const subject = `the credential_process of the profile ${profile}`;
  const text = await new Promise<string>((resolve, reject) => {
    const options = { env: environment, timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES, windowsHide: true };
    // What the failure says is the command line, which may hold a secret.
    const child = exec(command, options, (failure, out) => {
      if (failure === null) return resolve(out);
      const how = typeof failure.code === 'number' ? `ends with status ${failure.code}` : 'was ended';
      reject(new CorpusError('unreadable', `${subject} ${how}`, { reason: 'denied' }));
    });
    child.stdin?.end();
  });
  const value = parseObject(text);
  if (value['Version'] !== 1)
    throw new CorpusError('unreadable', `${subject} prints no credentials of version 1`, {
      reason: 'denied',
    });
  return toCredentials(subject, value);
}
