/** Credentials as services hand them out, and what is wrong where they do not. */

import { isPassingStatus } from '@countermark/host';
import { CorpusError } from '../../errors.ts';

/** What signs requests. Holds secrets: it stays inside the process. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that expire. */
  readonly sessionToken?: string;
  /** Milliseconds since 1970; absent where nobody says. */
  readonly expiresMs?: number;
}

/**
 * Says what is wrong with an answer, or that none came.
 *
 * @param subject who was asked, for messages; nothing of the answer is repeated but its `code`.
 */
export function serviceFailure(
  subject: string,
  of: { readonly status?: number; readonly code?: string | undefined; readonly cause?: unknown },
): CorpusError {
  const { status, code, cause } = of;
  const what = status === undefined ? 'does not answer' : `answers ${status}`;
  const mayPass =
    status === undefined || isPassingStatus(status) || (code !== undefined && PASSING.test(code));
  return new CorpusError('unreadable', `${subject} ${what}${code === undefined ? '' : ` (${code})`}`, {
    cause,
    reason: mayPass ? 'failed' : 'denied',
    passing: mayPass ? {} : undefined,
  });
}

/** Words for failures that pass, whatever their status: the other side of a web identity does not answer, too many ask. */
const PASSING = /^(?:IDPCommunicationError|Throttling(?:Exception)?|TooManyRequestsException)$/;

/**
 * Reads credentials from the JSON that services and commands write.
 *
 * @throws {CorpusError} `unreadable` if there are none in it.
 */
export function parseCredentials(subject: string, text: string): AwsCredentials {
  return toCredentials(subject, parseObject(text));
}

/** An object in JSON; an empty one where it is none. Its words may hold a secret, so no failure repeats them. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/**
 * Takes credentials from the values of an answer.
 *
 * @param value `AccessKeyId`, `SecretAccessKey`, `Token` or `SessionToken`, and `Expiration` as a date or in milliseconds since 1970.
 * @throws {CorpusError} `unreadable` if there are none in it.
 */
export function toCredentials(subject: string, value: Readonly<Record<string, unknown>>): AwsCredentials {
  const { AccessKeyId: id, SecretAccessKey: secret, Expiration: expiration } = value;
  const token = value['Token'] ?? value['SessionToken'];
  if (typeof id !== 'string' || typeof secret !== 'string' || id === '' || secret === '')
    throw new CorpusError('unreadable', `${subject} answers without credentials`, { reason: 'denied' });
  const expiresMs =
    typeof expiration === 'string' ? Date.parse(expiration) : Number(expiration ?? Number.NaN);
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(typeof token === 'string' && token !== '' ? { sessionToken: token } : {}),
    ...(Number.isNaN(expiresMs) ? {} : { expiresMs }),
  };
}
