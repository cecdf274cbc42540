import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { CorpusError } from '../errors.ts';
import { askHttp } from '../readers/bytes/remote/http-source.ts';
import { isUrl } from '../readers/bytes/open-source.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { repeat } from '../repeat.ts';
import type { ManifestFile } from './manifest.ts';

const EDGE_BYTES = 65_536;

/** What tells whether a file has changed; of an address, as much as its server says. */
export type FileState = Pick<ManifestFile, 'size' | 'modifiedMs' | 'edges' | 'revision'>;

/**
 * Takes a file's size, time of change, and a digest of its first and last bytes; of an address its size and revision.
 *
 * @throws {CorpusError} `unreadable` if a server does not answer with success.
 * @throws {Error} the system's, if it cannot be read.
 */
export async function fileState(location: string, signal?: AbortSignal): Promise<FileState> {
  if (isUrl(location)) {
    const { ranges: _, ...state } = await askHttp(location, signal);
    return state;
  }
  return repeat(() => stateOfFile(location), { signal });
}

async function stateOfFile(location: string): Promise<FileState> {
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
 * Checks that a file is what it was when the scan was planned.
 *
 * @throws {CorpusError} `changed` naming the file and what is different.
 * @throws {Error} the system's, if it cannot be read.
 */
export async function checkUnchanged(file: ManifestFile, signal?: AbortSignal): Promise<void> {
  const { location, size, modifiedMs, edges, revision } = file;
  if (size === undefined && revision === undefined) return;
  const now = await fileState(location, signal);
  const what =
    now.size !== size
      ? `it had ${size ?? 'unknown'} bytes and has ${now.size ?? 'unknown'}`
      : now.edges !== edges
        ? 'its content is another'
        : now.modifiedMs !== modifiedMs
          ? 'it was written to since'
          : now.revision !== revision
            ? 'its server calls it another revision'
            : undefined;
  if (what !== undefined) {
    throw new CorpusError(
      'changed',
      `${shownLocation(location)}: not what it was when the scan was planned: ${what}`,
    );
  }
}
