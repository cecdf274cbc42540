import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { codeOf, syncDirectory } from '@countermark/host/files';
import busboy from 'busboy';
import type { Request } from 'express';
import { Problem } from '../http/problem.ts';
import { readBody } from '../http/request-body.ts';

/** A file that was received whole. */
export interface ReceivedFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of its bytes, 64 hex digits. */
  readonly digest: string;
}

/** How large an upload may be, and for how long nothing may come of it. */
export interface UploadLimits {
  /** Of the whole body, as it is sent. */
  readonly maxBytes: number;
  readonly restMs: number;
}

/** Bodies that are a corpus. */
export const UPLOAD_TYPES = ['application/x-ndjson', 'multipart/form-data'] as const;

const MAX_FILES = 1000;
const MAX_NAME = 100;

/**
 * Writes the body of a request into files as it comes, no faster than the disk takes it.
 *
 * @param directory that is there and empty. The caller removes it if this throws.
 * @throws {Problem} `body-too-large`, `body-too-slow`, `unsupported-media-type`, `unprocessable`, `overloaded` where the disk is
 * full, or `cancelled` where the body ends before it should: then nothing of it is to be used.
 */
export async function receiveUpload(
  request: Request,
  directory: string,
  { maxBytes, restMs }: UploadLimits,
): Promise<readonly ReceivedFile[]> {
  const body = readBody(request, {
    maxBytes,
    setting: 'COUNTERMARK_MAX_UPLOAD_BYTES',
    what: 'corpus',
    time: { of: 'rest', ms: restMs },
  });
  try {
    const files =
      request.is('multipart/form-data') === false
        ? [await receiveBody(request, body, directory)]
        : await receiveForm(request, body, directory);
    if (files.length === 0) throw new Problem('unprocessable', 'the form has no file');
    return files;
  } catch (error) {
    throw problemOf(error);
  }
}

function receiveBody(
  request: Request,
  body: AsyncIterable<Buffer>,
  directory: string,
): Promise<ReceivedFile> {
  const encoding = request.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new Problem('unsupported-media-type', 'the body has an encoding other than gzip');
  }
  // Kept as it was sent: readers know gzip.
  return receiveFile(body, directory, encoding === 'gzip' ? 'corpus.jsonl.gz' : 'corpus.jsonl');
}

async function receiveForm(
  request: Request,
  body: AsyncIterable<Buffer>,
  directory: string,
): Promise<ReceivedFile[]> {
  if ((request.get('content-encoding') ?? 'identity') !== 'identity') {
    throw new Problem('unsupported-media-type', 'a form cannot be compressed; its files can');
  }
  let form: busboy.Busboy;
  try {
    form = busboy({ headers: request.headers, limits: { files: MAX_FILES, fields: 0 } });
  } catch (cause) {
    throw new Problem('invalid-request', 'the form has no boundary', { cause });
  }
  const names = new Set<string>();
  const given = new Set<string | undefined>();
  const files: Promise<ReceivedFile>[] = [];
  const source = Readable.from(body, { objectMode: false });
  const end = new Promise<void>((resolve, reject) => {
    form.on('filesLimit', () =>
      reject(new Problem('limit-exceeded', `the form has more than ${MAX_FILES} files`)),
    );
    form.on('fieldsLimit', () =>
      reject(
        new Problem('unprocessable', 'the form has a field that is no file: options stand in the query'),
      ),
    );
    form.on('file', (_field, stream, { filename }) => {
      // Also after somebody has stopped to read it.
      stream.on('error', ignore);
      const isGiven = given.has(filename);
      if (isGiven) reject(new Problem('unprocessable', 'two files of the form have the same name'));
      if (isGiven) return;
      given.add(filename);
      const safe = safeName(filename, files.length);
      // Names that differ may have nothing different that is kept.
      const name = names.has(safe) ? `${files.length}-${safe}` : safe;
      names.add(name);
      const file = receiveFile(stream, directory, name);
      file.catch(reject);
      files.push(file);
    });
    form.on('error', reject);
    form.on('close', resolve);
    source.on('error', reject);
  });
  source.pipe(form);
  try {
    await end;
    const received = await Promise.all(files);
    // Their names too are there after a loss of power, before a scan of them is acknowledged.
    await syncDirectory(directory);
    return received;
  } catch (error) {
    source.unpipe(form);
    source.destroy();
    form.destroy();
    // Nobody writes into the directory any more.
    await Promise.allSettled(files);
    throw error;
  }
}

function ignore(): void {}

async function receiveFile(
  source: AsyncIterable<Buffer>,
  directory: string,
  name: string,
): Promise<ReceivedFile> {
  const file = await open(join(directory, name), 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      hash.update(chunk);
      // The whole of it, before the next is read.
      await file.appendFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { name, bytes, digest: hash.digest('hex') };
}

// Only what tells a format is kept of a client's name, and nothing that means something to a file system.
function safeName(name: string | undefined, number: number): string {
  const base = (name ?? '').split(/[/\\]/).at(-1) ?? '';
  const safe = base.replaceAll(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '');
  return safe === '' ? `file-${number}` : safe.slice(-MAX_NAME);
}

function problemOf(error: unknown): unknown {
  if (error instanceof Problem) return error;
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Problem('overloaded', 'there is no room for the corpus', { cause: error, retryAfter: 600 });
  }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new Problem('cancelled', 'the request ended before its body did', { cause: error });
  }
  if (error instanceof Error && /^Unexpected end of (form|file)|^Malformed/.test(error.message)) {
    return new Problem('invalid-request', 'the form is cut short or malformed', { cause: error });
  }
  return error;
}
