import { Patience, repeat } from '@countermark/host';
import { CorpusError } from '../../../errors.ts';
import type { ReadState } from '../../read-options.ts';
import type { ByteSource } from '../byte-source.ts';
import { shownLocation } from '../shown-location.ts';
import { lengthOf, request, revisionOf } from './http-request.ts';
import { firstUrl, type RemoteInit } from './remote.ts';

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
 * Asks a server what it says of a file, again where it fails for a moment.
 *
 * @throws {CorpusError} if it does not answer, or not with success.
 */
export async function askHttp(url: string, signal?: AbortSignal): Promise<HttpFile> {
  const response = await repeat(() => request(url, { method: 'HEAD' }, signal), { signal });
  const size = lengthOf(response);
  const revision = revisionOf(response);
  return {
    ...(size === undefined ? {} : { size }),
    ...(revision === undefined ? {} : { revision }),
    ranges: response.headers.get('accept-ranges') === 'bytes' && size !== undefined,
  };
}

/** No list of files is longer in one answer. */
const MAX_LIST_BYTES = 64 * 2 ** 20;

/**
 * Asks a store or a hub for a list.
 *
 * @param request see {@link RemoteInit}.
 * @returns the answer's text, and where the rest of the list is, if it says (RFC 8288, `rel="next"`).
 * @throws {CorpusError} if it does not answer, or not with success.
 */
export async function askAddress(
  location: string,
  asked: Pick<RemoteInit, 'query' | 'url'>,
  signal?: AbortSignal,
): Promise<{ readonly text: string; readonly next?: string }> {
  return repeat(
    async () => {
      const response = await request(location, asked, signal);
      let bytes: Buffer;
      try {
        bytes = Buffer.from(await response.arrayBuffer());
      } catch (cause) {
        throw new CorpusError('truncated', `${shownLocation(location)}: the connection ended within a list`, {
          cause,
          passing: {},
        });
      }
      if (bytes.length > MAX_LIST_BYTES)
        throw new CorpusError('unsupported', `${shownLocation(location)}: the list of its files is too long`);
      const [, link] = /<([^>]*)>\s*;[^,]*rel="?next"?/.exec(response.headers.get('link') ?? '') ?? [];
      const next = link === undefined ? undefined : new URL(link, asked.url ?? firstUrl(location)).href;
      return { text: bytes.toString('utf8'), ...(next === undefined ? {} : { next }) };
    },
    { signal },
  );
}

/**
 * Opens an http(s) address.
 *
 * @throws {CorpusError} if the server does not answer with success.
 */
export async function openHttp(url: string, reading: ReadState): Promise<ByteSource> {
  const { size } = await askHttp(url, reading.signal);
  return new HttpSource(url, size, reading);
}

class HttpSource implements ByteSource {
  readonly size?: number;
  readonly #url: string;
  readonly #shown: string;
  readonly #reading: ReadState;
  /** What the server called the file in its first answer: bytes of two revisions are never put together. */
  #revision: string | undefined;

  constructor(url: string, size: number | undefined, reading: ReadState) {
    this.#url = url;
    this.#shown = shownLocation(url);
    if (size !== undefined) this.size = size;
    this.#reading = reading;
  }

  /** Counts blocks of one size once their first byte comes, whatever the network makes of them: the count is the same each time. */
  async *chunks(start: number, end?: number): AsyncGenerator<Buffer> {
    const block = this.#reading.chunkBytes;
    const last = end ?? this.size;
    let at = start;
    for await (const chunk of this.#received(start, end)) {
      for (let from = 0; from < chunk.length; ) {
        const left = block - ((at - start) % block);
        const piece = chunk.subarray(from, from + left);
        if (last === undefined) this.#reading.addBytes(piece.length);
        else if (left === block) this.#reading.addBytes(Math.min(block, last - at));
        at += piece.length;
        from += piece.length;
        yield piece;
      }
    }
  }

  /** Goes on where the connection ended, as often as that helps. */
  async *#received(start: number, end?: number): AsyncGenerator<Buffer> {
    if (end !== undefined && end <= start) return;
    if (start === this.size) return;
    const patience = new Patience({ signal: this.#reading.signal });
    for (let at = start; ; ) {
      try {
        for await (const chunk of this.#receive(start, at, end)) {
          at += chunk.length;
          patience.renew();
          yield chunk;
        }
      } catch (error) {
        await patience.wait(error);
        // All of it had come, and only the end of the connection was not as it should be.
        if (at === (end ?? this.size)) return;
        continue;
      }
      if (end === undefined && this.size !== undefined && at !== this.size) throw this.#endsEarly(at);
      return;
    }
  }

  async slice(start: number, end: number): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    for await (const chunk of this.chunks(start, end)) {
      if (filled + chunk.length > bytes.length)
        throw new CorpusError('unreadable', `${this.#shown}: the server sent more than it was asked for`);
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
    if (filled !== bytes.length) throw this.#endsEarly(start + filled);
    return bytes.buffer;
  }

  async close(): Promise<void> {}

  /** Yields the bytes from `at` on of one answer. */
  async *#receive(start: number, at: number, end: number | undefined): AsyncGenerator<Buffer> {
    const { response, skip } = await this.#get(start, at, end);
    const expected = lengthOf(response);
    let received = 0;
    if (response.body !== null) {
      const reader = response.body.getReader();
      try {
        for (;;) {
          const { done, value } = await this.#next(() => reader.read(), at - skip + received);
          if (done) break;
          const before = Math.min(value.length, Math.max(0, skip - received));
          received += value.length;
          const wanted = value.subarray(before);
          if (wanted.length > 0) yield Buffer.from(wanted.buffer, wanted.byteOffset, wanted.length);
        }
      } finally {
        // Also where nobody wants the rest.
        await reader.cancel().catch(() => undefined);
      }
    }
    if (expected !== undefined && received !== expected) throw this.#endsEarly(at - skip + received);
    if (received < skip) throw this.#endsEarly(received);
  }

  /**
   * Asks for a part, or for the whole without a header that some servers would refuse.
   *
   * @returns the answer, and how many of its bytes come before `at`.
   */
  async #get(
    start: number,
    at: number,
    end: number | undefined,
  ): Promise<{ readonly response: Response; readonly skip: number }> {
    const isWhole = start === 0 && end === undefined;
    const headers: Record<string, string> = {};
    if (at > 0 || !isWhole) {
      headers['range'] = `bytes=${at}-${end === undefined ? '' : end - 1}`;
      if (this.#revision !== undefined) headers['if-range'] = this.#revision;
    }
    const response = await request(this.#url, { headers }, this.#reading.signal);
    try {
      const revision = revisionOf(response);
      if (this.#revision !== undefined && revision !== undefined && revision !== this.#revision) {
        throw new CorpusError('changed', `${this.#shown}: changed while it was read`);
      }
      this.#revision ??= revision;
      const [, sent, total] =
        /^bytes (\d+)-\d+\/(\d+|\*)/.exec(response.headers.get('content-range') ?? '') ?? [];
      if (response.status === 206 && Number(sent) === at && headers['range'] !== undefined) {
        if (this.size !== undefined && total !== undefined && total !== '*' && Number(total) !== this.size) {
          throw new CorpusError('changed', `${this.#shown}: changed while it was read`);
        }
        return { response, skip: 0 };
      }
      // A server that only gives the whole gives it again, and what was read is passed over.
      if (isWhole && response.status !== 206) return { response, skip: at };
      throw new CorpusError('unreadable', `${this.#shown}: the server does not send parts of the file`);
    } catch (error) {
      await response.body?.cancel();
      throw error;
    }
  }

  async #next<T>(read: () => Promise<T>, at: number): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      this.#reading.signal?.throwIfAborted();
      const passing = {};
      throw new CorpusError('truncated', `${this.#shown}: the connection ended at byte ${at}`, {
        cause,
        passing,
      });
    }
  }

  #endsEarly(at: number): CorpusError {
    return new CorpusError('truncated', `${this.#shown}: ends at byte ${at}, before it should`);
  }
}
