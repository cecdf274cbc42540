import { CorpusError } from '../../errors.ts';
import type { Reading } from '../read-options.ts';
import type { ByteSource } from './byte-source.ts';

const REDIRECTS = [301, 302, 303, 307, 308];
const HOPS = 10;

/** What a server says of a file before it is read. */
export interface HttpFile {
  /** Bytes, if the server says. */
  readonly size?: number;
  /** Whether parts of it can be asked for. */
  readonly ranges: boolean;
  /** A strong ETag, or the time of its last change, if the server says. */
  readonly revision?: string;
}

/**
 * Asks a server what it says of a file.
 *
 * @throws {CorpusError} if it does not answer, or not with success.
 */
export async function askHttp(url: string, signal?: AbortSignal): Promise<HttpFile> {
  const response = await request(url, { method: 'HEAD' }, signal);
  const size = lengthOf(response);
  const revision = revisionOf(response);
  return {
    ...(size === undefined ? {} : { size }),
    ...(revision === undefined ? {} : { revision }),
    ranges: response.headers.get('accept-ranges') === 'bytes' && size !== undefined,
  };
}

/**
 * Opens an http(s) address.
 *
 * @throws {CorpusError} if the server does not answer with success.
 */
export async function openHttp(url: string, reading: Reading): Promise<ByteSource> {
  const { size } = await askHttp(url, reading.signal);
  return new HttpSource(url, size, reading);
}

class HttpSource implements ByteSource {
  readonly size?: number;
  readonly #url: string;
  readonly #reading: Reading;

  constructor(url: string, size: number | undefined, reading: Reading) {
    this.#url = url;
    if (size !== undefined) this.size = size;
    this.#reading = reading;
  }

  async *chunks(start: number, end?: number): AsyncGenerator<Buffer> {
    if (end !== undefined && end <= start) return;
    if (start === this.size) return;
    const response = await this.#get(start, end);
    const expected = lengthOf(response);
    let received = 0;
    if (response.body !== null) {
      const reader = response.body.getReader();
      try {
        for (;;) {
          const { done, value } = await this.#next(() => reader.read(), start + received);
          if (done) break;
          received += value.length;
          this.#reading.addBytes(value.length);
          yield Buffer.from(value.buffer, value.byteOffset, value.length);
        }
      } finally {
        // Also where nobody wants the rest.
        await reader.cancel().catch(() => undefined);
      }
    }
    if (expected !== undefined && received !== expected) throw this.#endsEarly(start + received);
    if (end === undefined && this.size !== undefined && start + received !== this.size)
      throw this.#endsEarly(start + received);
  }

  async slice(start: number, end: number): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    for await (const chunk of this.chunks(start, end)) {
      if (filled + chunk.length > bytes.length)
        throw new CorpusError('unreadable', `${this.#url}: the server sent more than it was asked for`);
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
    if (filled !== bytes.length) throw this.#endsEarly(start + filled);
    return bytes.buffer;
  }

  async close(): Promise<void> {}

  /** Asks for a part, or for the whole without a header that some servers would refuse. */
  async #get(start: number, end: number | undefined): Promise<Response> {
    if (start === 0 && end === undefined) return request(this.#url, {}, this.#reading.signal);
    const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
    const response = await request(this.#url, { headers: { range } }, this.#reading.signal);
    const sent = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (response.status === 206 && Number(sent) === start) return response;
    await response.body?.cancel();
    throw new CorpusError('unreadable', `${this.#url}: the server does not send parts of the file`);
  }

  async #next<T>(read: () => Promise<T>, at: number): Promise<T> {
    try {
      return await read();
    } catch (error) {
      this.#reading.signal?.throwIfAborted();
      throw new CorpusError('truncated', `${this.#url}: the connection ended at byte ${at}`, {
        cause: error,
      });
    }
  }

  #endsEarly(at: number): CorpusError {
    return new CorpusError('truncated', `${this.#url}: ends at byte ${at}, before it should`);
  }
}

// A weak ETag may differ between the machines of one server.
function revisionOf({ headers }: Response): string | undefined {
  const etag = headers.get('etag');
  if (etag?.startsWith('"')) return etag;
  return headers.get('last-modified') ?? undefined;
}

/** Bytes of the body, if the server says and does not compress them on the way. */
function lengthOf(response: Response): number | undefined {
  const length = response.headers.get('content-length');
  if (length === null || response.headers.has('content-encoding')) return undefined;
  return Number(length);
}

async function request(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
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
    throw new CorpusError('unreadable', `${url}: the server does not answer`, { cause: error });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw new CorpusError('unreadable', `${url}: the server answers ${response.status}`);
}

// A file that was asked for over TLS comes over TLS, wherever its server sends on to.
async function follow(url: string, init: RequestInit): Promise<Response> {
  let at = url;
  for (let hop = 0; hop <= HOPS; hop++) {
    const response = await fetch(at, { ...init, redirect: 'manual' });
    const location = response.headers.get('location');
    if (!REDIRECTS.includes(response.status) || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    const isPlain = next.protocol === 'http:' && new URL(at).protocol === 'http:';
    if (next.protocol !== 'https:' && !isPlain) {
      throw new CorpusError('unreadable', `${url}: the server sends on to an address that is not https`);
    }
    at = next.href;
  }
  throw new CorpusError('unreadable', `${url}: the server sends on too often`);
}
