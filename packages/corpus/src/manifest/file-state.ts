import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { repeat } from '@countermark/host';
import { CorpusError } from '../errors.ts';
import { digestsOf, EDGE_BYTES, edgesOf } from '../readers/bytes/file-digests.ts';
import { isUrl, openSource } from '../readers/bytes/open-source.ts';
import { type ReadingPace, readSmall } from '../readers/bytes/read-small.ts';
import { askHttp } from '../readers/bytes/remote/http-source.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { beginRead } from '../readers/read-options.ts';
import type { ManifestFile } from './manifest.ts';

/** Of files up to this size a digest of all bytes costs no more than to open them. */
const SMALL_BYTES = 2 ** 20;

/** What tells whether a file has changed; of an address, as much as its server says. */
export type FileState = Pick<ManifestFile, 'size' | 'modifiedMs' | 'edges' | 'content' | 'revision'>;

/**
 * Takes a file's size, time of change, and a digest of its first and last bytes; of an address its size and revision.
 *
 * @param byContent whether a digest of all bytes is taken too, for which they are read; of a small file it is in any case.
 *
 * @throws {CorpusError} `unreadable` if a server does not answer with success.
 * @throws {Error} the system's, if it cannot be read.
 */
export async function fileState(
  location: string,
  signal?: AbortSignal,
  byContent = false,
): Promise<FileState> {
  if (isUrl(location)) {
    const { ranges: _, ...state } = await askHttp(location, signal);
    if (!byContent) return state;
    return { ...state, content: await contentOf(location, signal) };
  }
  const state = await repeat(() => stateOfFile(location, SMALL_BYTES), { signal });
  const isLeft = byContent && state.content === undefined;
  return isLeft ? { ...state, content: await contentOf(location, signal) } : state;
}

async function contentOf(location: string, signal?: AbortSignal): Promise<string> {
  const source = await openSource(location, beginRead(signal === undefined ? {} : { signal }));
  const hash = createHash('sha256');
  try {
    for await (const chunk of source.chunks(0)) hash.update(chunk);
  } finally {
    await source.close();
  }
  return hash.digest('hex');
}

/** @param small of a file up to this size, a digest of all bytes is taken too. */
async function stateOfFile(location: string, small = 0): Promise<FileState> {
  const read = await readSmall(location, Math.max(small, EDGE_BYTES));
  const { bytes, size, modifiedMs } = read;
  if (bytes === undefined) return stateOfLarge(location);
  if (small === 0) return { size, modifiedMs, edges: edgesOf(bytes) };
  return { ...digestsOf(read) };
}

async function stateOfLarge(location: string): Promise<FileState> {
  const file = await open(location, 'r');
  try {
    const { size, mtimeMs } = await file.stat();
    const hash = createHash('sha256');
    const buffer = new Uint8Array(EDGE_BYTES);
    for (const start of [0, Math.max(0, size - EDGE_BYTES)]) {
      const { bytesRead } = await file.read(buffer, 0, EDGE_BYTES, start);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return { size, modifiedMs: mtimeMs, edges: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/**
 * Checks that a file is what it was when the scan was planned. A copy of the same bytes is; when it was made does not count.
 *
 * @param begun what it was when reading began: since then it must not have been written to at all.
 * @returns what it is.
 *
 * @throws {CorpusError} `changed` naming the file and what is different.
 * @throws {Error} the system's, if it cannot be read.
 */
export async function checkUnchanged(
  file: ManifestFile,
  signal?: AbortSignal,
  begun?: FileState,
): Promise<FileState> {
  const { location, size, edges, revision } = file;
  if (size === undefined && revision === undefined) return {};
  const now = isUrl(location)
    ? await fileState(location, signal)
    : await repeat(() => stateOfFile(location), { signal });
  // Written to since, or a copy: all of it is compared where a digest of it was taken.
  const isOther = async (): Promise<boolean> =>
    file.content !== undefined &&
    now.modifiedMs !== file.modifiedMs &&
    (await contentOf(location, signal)) !== file.content;
  const what =
    now.size !== size
      ? sizesInWords(size, now.size)
      : now.edges !== edges || (begun === undefined && (await isOther()))
        ? 'its content is another'
        : begun !== undefined && now.modifiedMs !== begun.modifiedMs
          ? 'it was written to since'
          : now.revision !== revision
            ? 'its server calls it another revision'
            : undefined;
  if (what !== undefined) throw changed(location, what);
  return now;
}

/**
 * Reads a small file of this machine whole, and checks that these bytes are those that the scan was planned with: nothing can be written to
 * it between the check and the reading.
 *
 * @param pace of the files that were read before it.
 * @returns undefined for a file of which all this is not known, or that is an address: it has to be read piece by piece.
 * @throws {CorpusError} `changed` naming the file and what is different.
 * @throws {Error} the system's, if it cannot be read.
 */
export async function readUnchanged(
  file: ManifestFile,
  pace: ReadingPace,
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  const { location, size, content } = file;
  if (isUrl(location) || content === undefined || size === undefined || size > SMALL_BYTES) return undefined;
  const now = await repeat(() => readSmall(location, SMALL_BYTES, pace), { signal });
  if (now.size !== size) throw changed(location, sizesInWords(size, now.size));
  const { bytes } = now;
  if (bytes === undefined || digestsOf(now)?.content !== content)
    throw changed(location, 'its content is another');
  return bytes;
}

function sizesInWords(before: number | undefined, now: number | undefined): string {
  return `it had ${before ?? 'unknown'} bytes and has ${now ?? 'unknown'}`;
}

function changed(location: string, what: string): CorpusError {
  return new CorpusError(
    'changed',
    `${shownLocation(location)}: not what it was when the scan was planned: ${what}`,
  );
}
