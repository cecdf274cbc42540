/** The body of a request: whoever reads one reads it here, within a length and a time, and none outlives its answer. */
import { promisify, TextDecoder } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { codeOf } from '@countermark/host/files';
import type { Request, RequestHandler } from 'express';
import { JsonShapeError, parseJson } from './parse-json.ts';
import { Problem } from './problem.ts';

/** What a body may be. */
export interface BodyLimits {
  /** Of all bytes as they are sent. */
  readonly maxBytes: number;
  /** The setting that says so. */
  readonly setting: string;
  /** What is called too large. */
  readonly what: string;
  readonly time: TimeLimit;
}

/** How long a body may take: all of it, or each time that nothing comes of it. */
interface TimeLimit {
  readonly of: 'body' | 'rest';
  readonly ms: number;
}

/** A JSON body may have so many bytes, and take so long. */
export interface JsonLimits {
  readonly maxBytes: number;
  readonly ms: number;
}

// So long a client that still sends is read on after its answer, so that it hears why that is in vain.
const LINGER_MS = 5_000;

/** Bytes of memory that the values of JSON may take, for each byte that a body may have: beside the text, three times that in all. */
const VALUES_A_BYTE = 2;

const UNPACKERS: Readonly<
  Record<string, (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>>
> = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) };

/** Ends each connection whose request goes on after its answer: what is sent then is dropped, and no longer than for a moment. */
export function endBodies(): RequestHandler {
  return (request, response, next) => {
    response.once('finish', () => {
      if (request.complete || request.destroyed) return;
      request.on('error', () => undefined);
      const timer = setTimeout(() => request.destroy(), LINGER_MS);
      request.once('close', () => clearTimeout(timer));
      request.resume();
    });
    next();
  };
}

/**
 * Yields a body as it comes, no faster than it is asked for.
 *
 * @throws {Problem} `body-too-large`, `body-too-slow`, or `cancelled` where the body ends before it should.
 */
export async function* readBody(request: Request, limits: BodyLimits): AsyncGenerator<Buffer, void, void> {
  const { maxBytes, setting, what, time } = limits;
  const tooLarge = (): Problem =>
    new Problem('body-too-large', `the ${what} is larger than ${maxBytes} bytes`, {
      limit: { name: setting, value: maxBytes },
    });
  // By the length that it announces, before any of it is read.
  if (Number(request.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  let left = maxBytes;
  const end = performance.now() + time.ms;
  try {
    for (;;) {
      const chunk = await nextChunk(request, time, time.of === 'body' ? end - performance.now() : time.ms);
      if (chunk === undefined) return;
      left -= chunk.length;
      if (left < 0) throw tooLarge();
      yield chunk;
    }
  } finally {
    // What nobody reads any more is dropped: a client that is held up hears no answer.
    request.resume();
  }
}

/**
 * Reads a JSON body.
 *
 * @returns undefined where the request has none.
 * @throws {Problem} as {@link readBody} does; `unsupported-media-type`, `invalid-json`, or `invalid-request` where it cannot be unpacked.
 */
export async function readJson(request: Request, { maxBytes, ms }: JsonLimits): Promise<unknown> {
  const isJson = request.is('application/json');
  // Without this a body of another kind would be taken for an absent one.
  if (isJson === false) {
    throw new Problem(
      'unsupported-media-type',
      'the body must be JSON, sent with "Content-Type: application/json"',
    );
  }
  if (isJson === null) return undefined;
  // What cannot be read is refused before it comes.
  const decoder = decoderOf(request);
  const unpack = unpackerOf(request, maxBytes);
  const chunks: Buffer[] = [];
  const limits = { maxBytes, setting: 'COUNTERMARK_MAX_BODY_BYTES', what: 'body' } as const;
  for await (const chunk of readBody(request, { ...limits, time: { of: 'body', ms } })) chunks.push(chunk);
  const text = await unpack(joined(chunks)).then((bytes) =>
    // An empty body is a common slip of clients.
    bytes.length === 0 ? '{}' : decoder.decode(bytes),
  );
  try {
    return await parseJson(text, VALUES_A_BYTE * maxBytes);
  } catch (cause) {
    if (cause instanceof JsonShapeError) {
      const detail = `the body ${cause.message}`;
      if (!cause.isTooLarge) throw new Problem('invalid-request', detail, { cause });
      throw new Problem('body-too-large', detail, {
        cause,
        limit: { name: 'COUNTERMARK_MAX_BODY_BYTES', value: maxBytes },
      });
    }
    throw new Problem('invalid-json', 'the body is not JSON', { cause });
  }
}

// What they were is let go of before the text is parsed.
function joined(chunks: Buffer[]): Buffer {
  const bytes = Buffer.concat(chunks);
  chunks.length = 0;
  return bytes;
}

/** Waits for the next bytes; undefined at the end of the body. */
function nextChunk(request: Request, time: TimeLimit, ms: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    if (request.readableEnded) return resolve(undefined);
    if (request.destroyed) return reject(endsEarly());
    const settle = (settled: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      settled();
    };
    const onData = (chunk: Buffer): void => {
      request.pause();
      settle(() => resolve(chunk));
    };
    // A body that is cut may look whole: only the parser knows that it came to its end.
    const onEnd = (): void => settle(() => (request.complete ? resolve(undefined) : reject(endsEarly())));
    const onError = (cause: Error): void => settle(() => reject(endsEarly(cause)));
    const onClose = (): void => settle(() => reject(endsEarly()));
    const timer = setTimeout(() => settle(() => reject(tooSlow(time))), Math.max(0, ms));
    request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    request.resume();
  });
}

function tooSlow({ of, ms }: TimeLimit): Problem {
  const detail =
    of === 'body' ? `the body took longer than ${ms} ms` : `nothing came of the body for ${ms} ms`;
  return new Problem('body-too-slow', detail);
}

function endsEarly(cause?: unknown): Problem {
  return new Problem('cancelled', 'the request ended before its body did', { cause });
}

function decoderOf(request: Request): TextDecoder {
  const [, charset = 'utf-8'] =
    /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.get('content-type') ?? '') ?? [];
  try {
    if (/^utf-?(8|16|16le|16be)$/i.test(charset)) return new TextDecoder(charset);
  } catch {
    // A form of the name that the decoder does not know.
  }
  throw unsupportedEncoding();
}

function unpackerOf(request: Request, maxBytes: number): (bytes: Buffer) => Promise<Buffer> {
  const encoding = (request.get('content-encoding') ?? 'identity').toLowerCase();
  if (encoding === 'identity') return async (bytes) => bytes;
  const unpack = Object.hasOwn(UNPACKERS, encoding) ? UNPACKERS[encoding] : undefined;
  if (unpack === undefined) throw unsupportedEncoding();
  return async (bytes) => {
    try {
      return await unpack(bytes, { maxOutputLength: maxBytes });
    } catch (cause) {
      if (codeOf(cause) === 'ERR_BUFFER_TOO_LARGE') {
        throw new Problem('body-too-large', `the body is larger than ${maxBytes} bytes`, {
          cause,
          limit: { name: 'COUNTERMARK_MAX_BODY_BYTES', value: maxBytes },
        });
      }
      throw new Problem('invalid-request', 'the body cannot be unpacked', { cause });
    }
  };
}

function unsupportedEncoding(): Problem {
  return new Problem('unsupported-media-type', 'the body has an encoding that is not supported');
}
