import { isPassingStatus, passingOf, retryAfterMs } from '@countermark/host';
import { CorpusError, type UnreadableReason } from '../../../errors.ts';
import { shownLocation } from '../shown-location.ts';
import { firstUrl, type RemoteInit, sendTo } from './remote.ts';

const REDIRECTS = [301, 302, 303, 307, 308];
const HOPS = 10;

const STATUS_REASONS: ReadonlyMap<number, UnreadableReason> = new Map([
  [401, 'denied'],
  [403, 'denied'],
  [404, 'missing'],
  [410, 'missing'],
]);
/** What a refusal most often comes from. */
const HINTS: ReadonlyMap<UnreadableReason | undefined, string> = new Map([
  ['denied', ': a token or signature is missing, or no longer valid'],
]);

/** What a server calls what it serves: a strong ETag, as a weak one may differ between its machines, or the time of its last change. */
export function revisionOf({ headers }: Response): string | undefined {
  const etag = headers.get('etag');
  if (etag?.startsWith('"')) return etag;
  return headers.get('last-modified') ?? undefined;
}

/** Bytes of the body, if the server says and does not compress them on the way. */
export function lengthOf(response: Response): number | undefined {
  const length = response.headers.get('content-length');
  if (length === null || response.headers.has('content-encoding')) return undefined;
  return Number(length);
}

/**
 * Asks for what a location names, wherever its server sends on to.
 *
 * @throws {CorpusError} `unreadable` if it does not answer with success.
 */
export async function request(
  url: string,
  init: RemoteInit,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const shown = shownLocation(url);
  let response: Response;
  try {
    response = await follow(url, {
      ...init,
      // The file's own bytes are counted, so the server is not to compress them.
      headers: { ...init.headers, 'accept-encoding': 'identity' },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof CorpusError) throw error;
    // The system's own words may hold the address as it was asked for.
    const cause = error instanceof Error ? error.cause : undefined;
    throw new CorpusError('unreadable', `${shown}: the server does not answer`, {
      cause,
      passing: passingOf(error),
    });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  const { status } = response;
  const afterMs = retryAfterMs(response.headers);
  const passing = isPassingStatus(status) ? { ...(afterMs === undefined ? {} : { afterMs }) } : undefined;
  const reason = STATUS_REASONS.get(status);
  throw new CorpusError('unreadable', `${shown}: the server answers ${status}${HINTS.get(reason) ?? ''}`, {
    passing,
    reason,
  });
}

// A file that was asked for over TLS comes over TLS, wherever its server sends on to.
async function follow(url: string, init: RemoteInit): Promise<Response> {
  const shown = shownLocation(url);
  let at: string | undefined;
  for (let hop = 0; hop <= HOPS; hop++) {
    const response = await sendTo(url, at, init);
    const location = response.headers.get('location');
    if (!REDIRECTS.includes(response.status) || location === null) return response;
    await response.body?.cancel();
    const before = at ?? init.url ?? firstUrl(url);
    const next = new URL(location, before);
    const isPlain = next.protocol === 'http:' && new URL(before).protocol === 'http:';
    if (next.protocol !== 'https:' && !isPlain) {
      throw new CorpusError('unreadable', `${shown}: the server redirects to an address that is not https`);
    }
    at = next.href;
  }
  throw new CorpusError('unreadable', `${shown}: the server redirects too often`);
}
