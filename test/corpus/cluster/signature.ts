/** Signature Version 4 in the Authorization header, as the "Authenticating Requests" chapter of S3's API reference has it. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Signs a request as it should have been signed, by the names of headers and the region that it says.
 *
 * @returns an empty region if what it says has another form, or is for another service or day.
 */
export function signatureOf(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  url: URL,
  body: Buffer,
  { service, secret }: { readonly service: string; readonly secret: string },
): { readonly region: string; readonly signature: string } {
  const [, scope = '', names = ''] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+), Signature=[0-9a-f]{64}$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const time = String(headers['x-amz-date']);
  const day = time.slice(0, 8);
  const [scopeDay, region = '', ...rest] = scope.split('/');
  if (scopeDay !== day || rest.join('/') !== `${service}/aws4_request`) return { region: '', signature: '' };
  const canonical = [
    method,
    decodeURIComponent(url.pathname).split('/').map(encode).join('/'),
    [...url.searchParams]
      .map(([key, value]) => `${encode(key)}=${encode(value)}`)
      .sort()
      .join('&'),
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return { region, signature: hmac(key, toSign).toString('hex') };
}

function encode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_.~-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** A digest in hexadecimal digits. */
export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
