import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const INPUT = 'input';
/** An upload rests for less; one that rests longer and belongs to nothing was left behind by a server that was killed. */
const ABANDONED_MS = 86_400_000;

/** Where the files of one kind of work are, a directory each: below the data directory, which all machines of one database share. */
export class WorkDirectories {
  readonly #root: string;

  /**
   * @param data the data directory.
   * @param name of the kind's directory in it.
   */
  constructor(data: string, name: string) {
    this.#root = join(data, name);
  }

  /** The directory of one: all that is its own. */
  of(id: string): string {
    return join(this.#root, id);
  }

  /** Where what was handed over for it is. */
  input(id: string): string {
    return join(this.of(id), INPUT);
  }

  /** Makes a directory for what is handed over. */
  makeInput(id: string): Promise<string> {
    return makePrivate(this.input(id));
  }

  /** Removes what only work needed. */
  async removeWork(id: string): Promise<void> {
    await removeTree(this.input(id));
  }

  /** Removes all files of one. */
  removeAll(id: string): Promise<void> {
    return removeTree(this.of(id));
  }

  /**
   * Removes what servers left behind that were killed: of what has ended all that only work needed, and what was handed over
   * and never became anything.
   *
   * @param stateOf       whether one still needs its files; undefined if there is none.
   * @param nobodyUploads whether what belongs to none is abandoned however lately it was written to.
   */
  async sweep(
    stateOf: (id: string) => Promise<'open' | 'ended' | undefined>,
    nobodyUploads = false,
  ): Promise<void> {
    for (const id of await readdir(this.#root).catch(() => [])) {
      // Before the state: what becomes one meanwhile is not taken for abandoned.
      const isAbandoned = nobodyUploads || Date.now() - (await this.#lastWritten(id)) > ABANDONED_MS;
      const state = await stateOf(id);
      if (state === 'ended') await this.removeWork(id);
      else if (state === undefined && isAbandoned) await this.removeAll(id);
    }
  }

  /** When a directory or something in it was last written to, in ms of the epoch. */
  async #lastWritten(id: string): Promise<number> {
    const within = await readdir(this.input(id)).catch(() => []);
    const paths = [this.of(id), ...within.map((name) => join(this.input(id), name))];
    const times = paths.map((path) => stat(path).then(({ mtimeMs }) => mtimeMs));
    const known = await Promise.all(times.map((time) => time.catch(() => 0)));
    return known.reduce((latest, time) => Math.max(latest, time), -Infinity);
  }
}

/** Makes a directory that nobody else may look into. */
export async function makePrivate(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Removes a directory: again where somebody writes into it meanwhile. */
export function removeTree(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
