import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PARTS } from '@countermark/corpus/driver';

const INPUT = 'input';
/** An upload rests for less; one that rests longer and belongs to no scan was left behind by a server that was killed. */
const ABANDONED_MS = 86_400_000;

/** Where the files of scans are: below the data directory, which all machines of one database share. */
export class ScanDirectories {
  readonly #root: string;

  /** @param data the data directory. */
  constructor(data: string) {
    this.#root = join(data, 'scans');
  }

  /** A scan's own directory: its manifest, its parts, its result. */
  of(id: string): string {
    return join(this.#root, id);
  }

  /** Where what was uploaded for a scan is. */
  input(id: string): string {
    return join(this.of(id), INPUT);
  }

  /** Where a scan's parts are. */
  parts(id: string): string {
    return join(this.of(id), PARTS);
  }

  /** Makes a directory for an upload. */
  async makeInput(id: string): Promise<string> {
    const path = this.input(id);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Makes a directory for parts. */
  async makeParts(id: string): Promise<string> {
    const path = this.parts(id);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Removes what only work needed: what was uploaded, and the parts. */
  async removeWork(id: string): Promise<void> {
    for (const path of [this.input(id), this.parts(id)]) await removeTree(path);
  }

  /** Removes all files of a scan. */
  removeAll(id: string): Promise<void> {
    return removeTree(this.of(id));
  }

  /**
   * Removes what servers left behind that were killed: of scans that have ended what only work needed, and uploads that never
   * became a scan.
   *
   * @param stateOf       whether a scan still needs its files; undefined if there is none.
   * @param nobodyUploads whether an upload without a scan is abandoned however lately it was written to.
   */
  async sweep(
    stateOf: (id: string) => Promise<'open' | 'ended' | undefined>,
    nobodyUploads = false,
  ): Promise<void> {
    for (const id of await readdir(this.#root).catch(() => [])) {
      // Before the state: what becomes a scan meanwhile is not taken for abandoned.
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

// Again where somebody publishes a part meanwhile.
function removeTree(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
