import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf } from '@countermark/corpus/files';
import busboy from 'busboy';
import type { Request } from 'express';
import { Problem } from '../problem.ts';

/** A file that was received whole. */
export interface ReceivedFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of its bytes, 64 hex digits. */
  readonly digest: string;
}

/** Bodies that are a corpus. */
export const UPLOAD_TYPES = ['application/x-ndjson', 'multipart/form-data'] as const;

const MAX_FILES = 1000;
const MAX_NAME = 100;
const LINGER_MS = 5_000;

/**
 * Writes the body of a request into files as it comes, no faster than the disk takes it.
 *
 * @param directory that is there and empty. The caller removes it if this throws.
 * @param maxBytes  of all files together, as they are sent.
 * @throws {Problem} `body-too-large`, `unsupported-media-type`, `unprocessable`, `overloaded` where the disk is full, or
 * `cancelled` where the body ends before it should: then nothing of it is to be used.
 */
export async function receiveUpload(
  request: Request,
  directory: string,
  maxBytes: number,
): Promise<readonly ReceivedFile[]> {
  const budget = { left: maxBytes, maxBytes };
  const declared = Number(request.get('content-length') ?? 0);
  if (declared > maxBytes && request.is('multipart/form-data') === false) throw tooLarge(maxBytes);
  try {
    const files =
      request.is('multipart/form-data') === false
        ? [await receiveBody(request, directory, budget)]
        : await receiveForm(request, directory, budget);
    // A body that is cut may look whole: only the parser knows that it came to its end.
    if (!request.complete) throw endsEarly();
    if (files.length === 0) throw new Problem('unprocessable', 'the form has no file');
    return files;
  } catch (error) {
    drop(request);
    throw problemOf(error);
  }
}

interface Budget {
  left: number;
  readonly maxBytes: number;
}

function receiveBody(request: Request, directory: string, budget: Budget): Promise<ReceivedFile> {
  const encoding = request.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new Problem('unsupported-media-type', 'the body has an encoding other than gzip');
  }
  // Kept as it was sent: readers know gzip.
  return receiveFile(request, directory, encoding === 'gzip' ? 'corpus.jsonl.gz' : 'corpus.jsonl', budget);
}

async function receiveForm(request: Request, directory: string, budget: Budget): Promise<ReceivedFile[]> {
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
  const files: Promise<ReceivedFile>[] = [];
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
      const name = safeName(filename, files.length);
      if (names.has(name)) reject(new Problem('unprocessable', 'two files of the form have the same name'));
      if (names.has(name)) return;
      names.add(name);
      const file = receiveFile(stream, directory, name, budget);
      file.catch(reject);
      files.push(file);
    });
    form.on('error', reject);
    form.on('close', resolve);
    request.on('error', reject);
    request.on('close', () => {
      if (!request.complete) reject(endsEarly());
    });
  });
  request.pipe(form);
  try {
    await end;
    return await Promise.all(files);
  } catch (error) {
    request.unpipe(form);
    form.destroy();
    // Nobody writes into the directory any more.
    await Promise.allSettled(files);
    throw error;
  }
}

function ignore(): void {}

/** Reads on for a moment, so that a client that still sends hears why that is in vain. */
function drop(request: Request): void {
  if (request.destroyed || request.complete) return;
  request.on('error', ignore);
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(timer));
  request.resume();
}

async function receiveFile(
  source: Readable,
  directory: string,
  name: string,
  budget: Budget,
): Promise<ReceivedFile> {
  const file = await open(join(directory, name), 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    // Whoever stops reading a request does not close the connection: the answer is still to come.
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      budget.left -= chunk.length;
      if (budget.left < 0) throw tooLarge(budget.maxBytes);
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

function tooLarge(maxBytes: number): Problem {
  return new Problem('body-too-large', `the corpus is larger than ${maxBytes} bytes`, {
    limit: { name: 'COUNTERMARK_MAX_UPLOAD_BYTES', value: maxBytes },
  });
}

function endsEarly(cause?: unknown): Problem {
  return new Problem('cancelled', 'the request ended before its body did', { cause });
}

function problemOf(error: unknown): unknown {
  if (error instanceof Problem) return error;
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Problem('overloaded', 'there is no room for the corpus', { cause: error, retryAfter: 600 });
  }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') return endsEarly(error);
  if (error instanceof Error && /^Unexpected end of (form|file)|^Malformed/.test(error.message)) {
    return new Problem('invalid-request', 'the form is cut short or malformed', { cause: error });
  }
  return error;
}
