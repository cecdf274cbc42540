/** Asks the services that hand out credentials on the machine itself. No proxy is between, so this is not `fetch`. */

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

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
