import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { CorpusError } from '../errors.ts';
import { isUrl } from '../readers/bytes/byte-source.ts';
import type { ManifestFile } from './manifest.ts';

const EDGE_BYTES = 65_536;

/** What tells whether a file has changed; empty for addresses. */
export type FileState = Pick<ManifestFile, 'size' | 'modifiedMs' | 'edges'>;

/**
 * Takes a file's size, time of change, and a digest of its first and last bytes.
 *
 * @throws {Error} the system's, if it cannot be read.
 */
export async function fileState(location: string): Promise<FileState> {
  if (isUrl(location)) return {};
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
export async function checkUnchanged({ location, size, modifiedMs, edges }: ManifestFile): Promise<void> {
  if (size === undefined || edges === undefined) return;
  const now = await fileState(location);
  const what =
    now.size !== size
      ? `it had ${size} bytes and has ${now.size}`
      : now.edges !== edges
        ? 'its content is another'
        : now.modifiedMs !== modifiedMs
          ? 'it was written to since'
          : undefined;
  if (what !== undefined) {
    throw new CorpusError('changed', `${location}: not what it was when the scan was planned: ${what}`);
  }
}
