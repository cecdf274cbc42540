import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Fills the disk of a directory to its last byte.
 *
 * @returns what makes room again.
 */
export function fillDisk(directory: string): () => void {
  const path = join(directory, 'filler');
  const file = openSync(path, 'w');
  try {
    // Large blocks first, then what is left.
    for (const bytes of [2 ** 20, 2 ** 12, 1]) {
      const block = Buffer.alloc(bytes);
      try {
        for (;;) if (writeSync(file, block) < bytes) break;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    }
  } finally {
    closeSync(file);
  }
  return () => rmSync(path);
}
