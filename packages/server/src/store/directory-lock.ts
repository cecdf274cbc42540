import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '@countermark/corpus/files';
import { z } from 'zod';

/** Thrown where a data directory is in use. */
export class DirectoryLockedError extends Error {
  override readonly name = 'DirectoryLockedError';
}

/** A data directory that is this process's. */
export interface DirectoryLock {
  release(): Promise<void>;
}

const Holder = z.object({ pid: z.int().min(1), started: z.string(), token: z.string() });
type Holder = z.output<typeof Holder>;

/**
 * Takes a directory for this process: a file that names it. One left behind by a process that is gone is taken over.
 *
 * @throws {DirectoryLockedError} if a living process has it.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = join(directory, 'lock');
  const own: Holder = { pid: process.pid, started: await startOf(process.pid), token: randomUUID() };
  const temporary = `${path}.${own.token}`;
  await writeFile(temporary, JSON.stringify(own), { mode: 0o600, flag: 'wx' });
  try {
    // Twice, where a lock of the dead is in the way.
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        await link(temporary, path);
        return { release: () => release(path, own.token) };
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      const holder = await readHolder(path);
      if (holder !== undefined && (await lives(holder))) {
        throw new DirectoryLockedError(`${directory}: in use by process ${holder.pid}`);
      }
      // Renamed first: of two that find the dead's lock only one moves it away, and nobody removes a living one's.
      const stale = `${path}.stale.${own.token}`;
      await rename(path, stale).catch(() => undefined);
      await unlink(stale).catch(() => undefined);
    }
    throw new DirectoryLockedError(`${directory}: another process took it a moment ago`);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

async function release(path: string, token: string): Promise<void> {
  const holder = await readHolder(path);
  if (holder?.token === token) await unlink(path).catch(() => undefined);
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return Holder.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

// A process id is used again: where the system tells when a process started, that has to agree too.
async function lives({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  return (await startOf(pid)) === started;
}

async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // Field 22 of proc(5); the name of the program, field 2, may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
