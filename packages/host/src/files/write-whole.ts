import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Names a temporary file beside a file: nobody takes it for the file itself, and its name says whose it is. */
export function temporaryBeside(path: string): string {
  const own = `${processSpace()}${process.pid.toString(16).padStart(8, '0')}`;
  return join(dirname(path), `.${basename(path)}.${own}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Names, in 16 hex digits, this machine as it was started last, and what numbers processes on it: a container has its own. */
function processSpace(): string {
  if (space !== undefined) return space;
  const parts = [hostname()];
  for (const read of [() => readlinkSync('/proc/self/ns/pid'), () => readFileSync(BOOT, 'utf8')]) {
    try {
      parts.push(read());
    } catch {
      // Systems without these have one space of numbers a machine.
    }
  }
  space = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
  return space;
}

let space: string | undefined;
const BOOT = '/proc/sys/kernel/random/boot_id';

/** Names the file that was to be written in a system's error, instead of its temporary place or none. */
export function nameFile(error: unknown, path: string): unknown {
  return error instanceof Error && 'syscall' in error ? Object.assign(error, { path }) : error;
}

const TEMPORARY = /^\..+?(?:\.([0-9a-f]{16})([0-9a-f]{8}))?\.[0-9a-f]{12}\.tmp$/;
/** Of another machine's processes nothing is known, but nobody takes a day over one file, and no clocks of a cluster are a day apart. */
const STALE_MS = 86_400_000;

/**
 * Removes temporary files that processes left behind which were killed: those of processes of this machine that are gone, and of others
 * those a day old, since they may be at work.
 *
 * @param directory whose files are written by what is exported here.
 */
export async function removeStale(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const [isTemporary, owner, number] = TEMPORARY.exec(name) ?? [];
    if (isTemporary === undefined) continue;
    const path = join(directory, name);
    if (owner === processSpace() && number !== undefined && !isRunning(Number.parseInt(number, 16))) {
      await unlink(path).catch(() => undefined);
      continue;
    }
    // Gone by now where somebody else was faster.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > STALE_MS) await unlink(path).catch(() => undefined);
  }
}

/** Whether a process of this machine runs; one of another user's does too. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/**
 * Writes a file so that nobody ever sees a part of it, replacing what was there.
 *
 * @throws {Error} the system's, leaving what was there before.
 */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  await writeThrough(path, data, (temporary) => putInPlace(temporary, path));
}

/** How a file is written that must not replace another. */
export interface OnceOptions {
  /** Permission bits (default 0o666, less the process's mask). */
  readonly mode?: number;
  /**
   * What is done where the file system has no links: `replace` puts the file in place at once, which in a race replaces the other's, so it is
   * for files of equal bytes; `hold` takes the name with an empty file first, which others may see.
   */
  readonly withoutLinks: 'replace' | 'hold';
}

/**
 * Writes a file whole unless there is one already.
 *
 * @returns whether it was written: false if somebody else was first.
 * @throws {Error} the system's.
 */
export function writeWholeOnce(
  path: string,
  data: string | Uint8Array,
  { mode, withoutLinks }: OnceOptions,
): Promise<boolean> {
  return writeThrough(path, data, (temporary) => putOnce(temporary, path, withoutLinks), mode);
}

/** Moves a whole file to its place, replacing what was there, so that it is there after a loss of power too. */
export async function putInPlace(temporary: string, path: string): Promise<void> {
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/**
 * Moves a whole file to its place unless there is one already, so that it is there after a loss of power too.
 *
 * @param withoutLinks see {@link OnceOptions}.
 * @returns whether it is there: false if somebody else was first.
 */
export async function putOnce(
  temporary: string,
  path: string,
  withoutLinks: OnceOptions['withoutLinks'],
): Promise<boolean> {
  try {
    // A link fails where the name is taken, even by a file made a moment ago.
    await link(temporary, path);
    await syncDirectory(dirname(path));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!NO_LINKS.includes(codeOf(error))) throw error;
    if (withoutLinks === 'hold' && !(await holdName(path))) return false;
    await putInPlace(temporary, path);
    return true;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

// What file systems without links answer: FAT, and some of other machines.
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

async function holdName(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

// What file systems answer that flush no directories, or not on their own.
const NO_DIRECTORY_SYNC = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EPERM', 'EACCES', 'EBADF'];

/** Flushes the names of a directory, where its file system can. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    await syncAs(path, 'r');
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.includes(codeOf(error))) throw error;
  }
}

/** Flushes the data of a file that somebody else has written. */
export async function syncFile(path: string): Promise<void> {
  await syncAs(path, 'r+');
}

async function syncAs(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Returns the code of a system's error; empty for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/**
 * Writes a file's data to a temporary file beside it, flushed, and has it put in place.
 *
 * @param data whole, or piece by piece.
 * @param put  moves or links the temporary file, which is removed if that fails.
 * @param mode permission bits (default 0o666, less the process's mask).
 * @throws {Error} the system's, naming the file and not its temporary place.
 */
export async function writeThrough<T>(
  path: string,
  data: string | Uint8Array | Iterable<Uint8Array>,
  put: (temporary: string) => Promise<T>,
  mode = 0o666,
): Promise<T> {
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
      // Each goes on where the one before ended.
      for (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    return await put(temporary);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw nameFile(error, path);
  }
}
