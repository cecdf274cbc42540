import { CorpusError } from '../../../errors.ts';
import { hfResolveUrl, hfToken, isHf } from './hf.ts';
import { isS3, sendToS3 } from './s3.ts';
import { tokenFor } from './token.ts';

/** A request for a file: its method and headers. */
export interface RemoteInit {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Asks a store for a list instead of an object. */
  readonly query?: Readonly<Record<string, string>>;
  /** An address of the hub's interface instead of the file's. */
  readonly url?: string;
}

/** Whether a location is an address: http(s), `s3://bucket/name` or `hf://datasets/owner/name/path`. */
export function isUrl(location: string): boolean {
  return /^https?:\/\//i.test(location) || isS3(location) || isHf(location);
}

/**
 * Sends one request for what an address names, with what proves that it may be read. Redirects are not followed.
 *
 * @param at the address that an earlier answer sent on to, if one did: it gets nothing that belongs to another origin.
 * @throws {CorpusError} `unreadable` with reason `denied` if the means to ask are not there.
 */
export async function sendTo(location: string, at: string | undefined, init: RemoteInit): Promise<Response> {
  const { method = 'GET', headers = {}, signal, query } = init;
  const rest: RequestInit = { redirect: 'manual', ...(signal === undefined ? {} : { signal }) };
  if (isS3(location)) {
    if (at !== undefined)
      throw new CorpusError('unreadable', `${location}: the store redirects, most likely to another region`, {
        reason: 'failed',
      });
    return sendToS3(location, { method, headers, query }, rest);
  }
  const url = init.url ?? firstUrl(location);
  const target = at ?? url;
  // A token goes to no other origin than the one that it was given for, wherever that sends on to.
  const isSame = new URL(target).origin === new URL(firstUrl(location)).origin;
  const token = isSame ? (isHf(location) ? hfToken() : tokenFor(url)) : undefined;
  return fetch(target, {
    ...rest,
    method,
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
  });
}

/** Address that a location's first request goes to; for redirects and what they may be. */
export function firstUrl(location: string): string {
  return isHf(location) ? hfResolveUrl(location) : location;
}
