import { statfs } from 'node:fs/promises';
import { NoRoomError } from './database-away.ts';

const MIB = 2 ** 20;
/** The embedded database extends its files by up to 16 MB at a time, and must never find that there is no room for that. */
const RESERVE_BYTES = 48 * MIB;

/**
 * Sees whether a directory's disk has room for what servers write beside uploads.
 *
 * @throws {NoRoomError} if it has not.
 */
export async function checkRoom(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= RESERVE_BYTES) return;
  const [left, needed] = [Math.floor(free / MIB), RESERVE_BYTES / MIB];
  throw new NoRoomError(`the disk of the data directory has ${left} MiB left; ${needed} MiB are needed`);
}

/** What is known of a full disk that only a database sees. */
export class RoomWatch {
  readonly #everyMs: number;
  #isFull = false;
  #tried = -Infinity;
  #trial: Promise<void> | undefined;

  /** @param everyMs how often is tried whether there is room again. */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Whether there was no room when something was written last, as far as is known. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Takes note of what a statement failed with. */
  note(error: unknown): void {
    if (error instanceof NoRoomError) this.#isFull = true;
  }

  /**
   * Sees whether there is room again, now and then by taking some.
   *
   * @throws {NoRoomError} if there is none yet.
   */
  async tryAgain(take: () => Promise<void>): Promise<void> {
    if (performance.now() - this.#tried > this.#everyMs) {
      this.#tried = performance.now();
      this.#trial = take().then(() => {
        this.#isFull = false;
      });
      this.#trial.catch(() => undefined);
    }
    await this.#trial;
  }
}
