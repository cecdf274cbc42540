/** Asks the services that hand out credentials on the machine itself. No proxy is between, so this is not `fetch`. */

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isPassingStatus } from '@countermark/host';
import { CorpusError } from '../../errors.ts';
import type { AwsCredentials } from './aws-credentials.ts';

/** How long such a service may take, in milliseconds. */
const TIMEOUT_MS = 5000;
const MAX_BYTES = 2 ** 20;

/** What a service answered. */
interface MetadataAnswer {
  readonly status: number;
  readonly text: string;
}

/** How a service is asked. */
export interface MetadataRequest {
  readonly method?: 'GET' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until its answer has to be there (default 5,000). */
  readonly timeoutMs?: number;
}

/** Sends one request. Redirects are not followed. Rejects with the system's error. */
export async function askMetadata(
  url: string,
  { method = 'GET', headers = {}, timeoutMs = TIMEOUT_MS }: MetadataRequest = {},
): Promise<MetadataAnswer> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = send(url, { method, headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) response.destroy(new Error('the answer is too long'));
        chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

/**
 * Says what is wrong with an answer, or that none came.
 *
 * @param subject whom was asked, for messages; nothing of the answer is repeated.
 */
export function metadataFailure(
  subject: string,
  of: { readonly status?: number; readonly cause?: unknown },
): CorpusError {
  const { status, cause } = of;
  const what = status === undefined ? 'does not answer' : `answers ${status}`;
  const mayPass = status === undefined || isPassingStatus(status);
  return new CorpusError('unreadable', `${subject} ${what}`, {
    cause,
    reason: mayPass ? 'failed' : 'denied',
    passing: mayPass ? {} : undefined,
  });
}

/**
 * Reads credentials as these services write them.
 *
 * @throws {CorpusError} `unreadable` if there are none in it.
 */
export function parseCredentials(subject: string, text: string): AwsCredentials {
  let value: Readonly<Record<string, unknown>> = {};
  try {
    value = JSON.parse(text) ?? {};
  } catch {
    // Its words may hold a secret.
  }
  const { AccessKeyId: id, SecretAccessKey: secret, Token: token, Expiration: expiration } = value;
  if (typeof id !== 'string' || typeof secret !== 'string' || id === '' || secret === '')
    throw new CorpusError('unreadable', `${subject} answers without credentials`, { reason: 'denied' });
  const expiresMs = typeof expiration === 'string' ? Date.parse(expiration) : Number.NaN;
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(typeof token === 'string' && token !== '' ? { sessionToken: token } : {}),
    ...(Number.isNaN(expiresMs) ? {} : { expiresMs }),
  };
}
