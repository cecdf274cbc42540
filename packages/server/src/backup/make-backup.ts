import { createWriteStream } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { putOnce, removeStale, syncFile, temporaryBeside } from '@countermark/host/files';
import type { Database } from '../database/database.ts';
import { type Actor, recordAudit } from '../store/audit.ts';
import { RestoreError } from './backup-file.ts';
import { type NewHead, writeBackup } from './write-backup.ts';

/**
 * Writes a backup to a file of mode 0600, whole or not at all.
 *
 * @returns what it says of itself.
 * @throws {RestoreError} if there is a file of that name.
 */
export async function backUpToFile(database: Database, path: string, by: Actor): Promise<NewHead> {
  const temporary = temporaryBeside(path);
  try {
    await recordAudit(database, by, { action: 'backup.made' });
    const head = await writeBackup(database, createWriteStream(temporary, { flags: 'wx', mode: 0o600 }));
    await syncFile(temporary);
    if (!(await putOnce(temporary, path, 'hold')))
      throw new RestoreError(`${path}: there is such a file already`);
    return head;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/**
 * Writes a backup to a file without a name, from which it is read at the reader's pace: a slow one keeps no query waiting.
 *
 * @param directory where there is room for it.
 * @returns the file, which the caller closes.
 */
export async function backUpForReading(
  database: Database,
  directory: string,
  by: Actor,
): Promise<FileHandle> {
  await removeStale(directory);
  const path = temporaryBeside(join(directory, 'backup'));
  try {
    await recordAudit(database, by, { action: 'backup.made' });
    await writeBackup(database, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    return await open(path);
  } finally {
    await unlink(path).catch(() => undefined);
  }
}
