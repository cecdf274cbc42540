import { type FileHandle, open } from 'node:fs/promises';

/** A file as it was when it was read. */
export interface SmallFile {
  readonly size: number;
  /** Time of its last change, milliseconds since 1970. */
  readonly modifiedMs: number;
  /** All its bytes; undefined if it is not a regular file, or not small. */
  readonly bytes: Buffer | undefined;
}

/**
 * Reads a file of this machine whole, if it is small: what several readers want of it is then read once.
 *
 * @param most bytes of what is small.
 * @throws {Error} the system's, if it cannot be read.
 */
export async function readSmall(path: string, most: number): Promise<SmallFile> {
  const file = await open(path, 'r');
  try {
    const stats = await file.stat();
    const { size, mtimeMs: modifiedMs } = stats;
    const isSmall = stats.isFile() && size <= most;
    return { size, modifiedMs, bytes: isSmall ? await readUpTo(file, size) : undefined };
  } finally {
    await file.close();
  }
}

// Less than its size, where it was cut meanwhile.
async function readUpTo(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}
