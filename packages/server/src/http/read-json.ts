/** JSON bodies: of which encodings they may be, and what of them is refused. */
import { promisify, TextDecoder } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { codeOf } from '@countermark/host/files';
import type { Request } from 'express';
import { JsonShapeError } from './json-scan.ts';
import { parseJson } from './parse-json.ts';
import { Problem } from './problem.ts';
import { readWhole } from './request-body.ts';

/** A JSON body may have so many bytes, and take so long. */
export interface JsonLimits {
  readonly maxBytes: number;
  readonly ms: number;
}

/** Bytes of memory that the values of JSON may take, for each byte that a body may have: beside its bytes, so two and a half times that in all. */
const VALUES_A_BYTE = 1.5;
const SETTING = 'COUNTERMARK_MAX_BODY_BYTES';

const UNPACKERS: Readonly<
  Record<string, (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>>
> = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) };

/** What makes UTF-8 of bytes, which are nobody else's any more. */
type Recode = (bytes: Buffer) => Buffer;

/**
 * Reads a JSON body.
 *
 * @returns undefined where the request has none.
 * @throws {Problem} as `readWhole` does; `unsupported-media-type`, `invalid-json`, or `invalid-request` where it cannot be unpacked.
 */
export async function readJson(request: Request, { maxBytes, ms }: JsonLimits): Promise<unknown> {
  const isJson = request.headers['content-type'] === 'application/json' ? hasBody(request) : askType(request);
  if (!isJson) return undefined;
  // What cannot be read is refused before it comes.
  const recode = recoderOf(request);
  const unpack = unpackerOf(request, maxBytes);
  const sent = await readWhole(request, { maxBytes, setting: SETTING, what: 'body' }, ms);
  const bytes = recode(unpack === undefined ? sent : await unpack(sent));
  // An empty body is a common slip of clients.
  return bytes.length === 0 ? {} : parseBytes(bytes, maxBytes);
}

/**
 * Parses JSON that a client sent.
 *
 * @param bytes    UTF-8, and nobody else's any more: see `parseJson`.
 * @param maxBytes that a body may have.
 * @param what     the bytes are called.
 * @throws {Problem} `invalid-json`, or where its shape is that of no request.
 */
export async function parseBytes(
  bytes: Buffer,
  maxBytes: number,
  what: 'body' | 'message' = 'body',
): Promise<unknown> {
  try {
    return await parseJson(bytes, VALUES_A_BYTE * maxBytes);
  } catch (cause) {
    if (cause instanceof JsonShapeError) {
      const detail = `the ${what} ${cause.message}`;
      if (!cause.isTooLarge) throw new Problem('invalid-request', detail, { cause });
      throw new Problem('body-too-large', detail, { cause, limit: { name: SETTING, value: maxBytes } });
    }
    throw new Problem('invalid-json', `the ${what} is not JSON`, { cause });
  }
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
}

function askType(request: Request): boolean {
  const isJson = request.is('application/json');
  // Without this a body of another kind would be taken for an absent one.
  if (isJson === false) {
    throw new Problem(
      'unsupported-media-type',
      'the body must be JSON, sent with "Content-Type: application/json"',
    );
  }
  return isJson !== null;
}

function recoderOf(request: Request): Recode {
  const [, charset = 'utf-8'] =
    /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '') ?? [];
  if (/^utf-?8$/i.test(charset)) return withoutMark;
  try {
    if (/^utf-?16(le|be)?$/i.test(charset)) {
      const decoder = new TextDecoder(charset);
      return (bytes) => Buffer.from(decoder.decode(bytes));
    }
  } catch {
    // A form of the name that the decoder does not know.
  }
  throw unsupportedEncoding();
}

/** Leaves out a byte order mark. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function unpackerOf(
  { headers }: Request,
  maxBytes: number,
): ((bytes: Buffer) => Promise<Buffer>) | undefined {
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return undefined;
  const unpack = Object.hasOwn(UNPACKERS, encoding) ? UNPACKERS[encoding] : undefined;
  if (unpack === undefined) throw unsupportedEncoding();
  return async (bytes) => {
    try {
      return await unpack(bytes, { maxOutputLength: maxBytes });
    } catch (cause) {
      if (codeOf(cause) === 'ERR_BUFFER_TOO_LARGE') {
        throw new Problem('body-too-large', `the body is larger than ${maxBytes} bytes`, {
          cause,
          limit: { name: SETTING, value: maxBytes },
        });
      }
      throw new Problem('invalid-request', 'the body cannot be unpacked', { cause });
    }
  };
}

function unsupportedEncoding(): Problem {
  return new Problem('unsupported-media-type', 'the body has an encoding that is not supported');
}
