import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A file as it was when it was read. */
export interface SmallFile {
  readonly size: number;
  /** Time of its last change, milliseconds since 1970. */
  readonly modifiedMs: number;
  /** All its bytes; undefined if it is not a regular file, or not small. */
  readonly bytes: Buffer | undefined;
}

/** A file that is read within so many milliseconds is better read in place: to hand it to another thread, four times a file, takes longer. */
const QUICK_MS = 1;
/** After a file that took longer, so many are read elsewhere, before one is tried in place again. */
const ELSEWHERE = 32;

/** Whether small files are read in place, as those of a disk of this machine are, or waited for, as those of a network are: by how long the last ones took. */
export class ReadingPace {
  #elsewhere = 0;

  /** Whether the next file is read in place. */
  isQuick(): boolean {
    if (this.#elsewhere === 0) return true;
    this.#elsewhere--;
    return false;
  }

  /** Notes how long a file took that was read in place. */
  took(ms: number): void {
    if (ms > QUICK_MS) this.#elsewhere = ELSEWHERE;
  }
}

/**
 * Reads a file of this machine whole, if it is small: what several readers want of it is then read once.
 *
 * @param most bytes of what is small.
 * @param pace of those that were read before it; without, it is waited for.
 * @throws {Error} the system's, if it cannot be read.
 */
export async function readSmall(path: string, most: number, pace?: ReadingPace): Promise<SmallFile> {
  if (pace?.isQuick() === true) {
    const begun = performance.now();
    try {
      return readInPlace(path, most);
    } finally {
      pace.took(performance.now() - begun);
    }
  }
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

function readInPlace(path: string, most: number): SmallFile {
  const file = openSync(path, 'r');
  try {
    const stats = fstatSync(file);
    const { size, mtimeMs: modifiedMs } = stats;
    if (!stats.isFile() || size > most) return { size, modifiedMs, bytes: undefined };
    const bytes = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      const read = readSync(file, bytes, length, size - length, length);
      if (read === 0) break;
      length += read;
    }
    return { size, modifiedMs, bytes: bytes.subarray(0, length) };
  } finally {
    closeSync(file);
  }
}
