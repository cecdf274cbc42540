import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** What a server sent, as it was before it was packed for the way. */
export interface HttpAnswer {
  readonly contentType: string;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** No page is longer when decompressed. */
const MAX_BYTES = 256 * 2 ** 20;

/** Takes an HTTP/1 answer apart, or says why it cannot be (RFC 9112). */
export function parseHttpAnswer(bytes: Buffer): HttpAnswer | string {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return 'the answer has no end of its headers';
  const lines = bytes.toString('latin1', 0, end).split('\r\n').slice(1);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const raw = bytes.subarray(end + HEAD_END.length);
  // Archives often hold the body unpacked, with the headers as they came.
  const isChunked = headers.get('transfer-encoding')?.toLowerCase().includes('chunked') === true;
  const joined = (isChunked ? joinChunks(raw) : undefined) ?? raw;
  try {
    const body = unpack(joined, headers.get('content-encoding')?.toLowerCase() ?? '');
    return { contentType: headers.get('content-type') ?? '', body };
  } catch {
    return 'the answer cannot be decompressed';
  }
}

function joinChunks(raw: Buffer): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const feed = raw.indexOf('\r\n', at);
    const [, digits] =
      feed < 0 ? [] : (/^([0-9a-f]+)\s*(?:;.*)?$/i.exec(raw.toString('latin1', at, feed)) ?? []);
    if (digits === undefined) return undefined;
    const size = Number.parseInt(digits, 16);
    if (size === 0) return Buffer.concat(pieces);
    pieces.push(raw.subarray(feed + 2, feed + 2 + size));
    at = feed + 2 + size + 2;
  }
}

function unpack(body: Buffer, encoding: string): Buffer {
  const options = { maxOutputLength: MAX_BYTES };
  if (/gzip/.test(encoding) && body[0] === 0x1f && body[1] === 0x8b) return gunzipSync(body, options);
  if (encoding === 'br') return orAsItIs(body, () => brotliDecompressSync(body, options));
  if (encoding === 'deflate') {
    return orAsItIs(body, () =>
      (body[0] ?? 0) % 16 === 8 ? inflateSync(body, options) : inflateRawSync(body, options),
    );
  }
  return body;
}

// What cannot be told by its first bytes may have been unpacked already.
function orAsItIs(body: Buffer, work: () => Buffer): Buffer {
  try {
    return work();
  } catch (error) {
    if (body.includes('<') || body.length === 0) return body;
    throw error;
  }
}
