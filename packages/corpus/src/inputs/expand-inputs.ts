import { constants } from 'node:fs';
import { access, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDynamicPattern } from 'tinyglobby';
import { CorpusError } from '../errors.ts';
import { unreadable } from '../readers/bytes/local-source.ts';
import { isUrl } from '../readers/bytes/open-source.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { formatOfName } from './format-of-name.ts';
import { matchFiles } from './match-files.ts';

/** The files of a corpus. */
export interface Inputs {
  /** Paths and http(s) addresses, in the order given; those of a directory or a pattern in the order of their code units. */
  readonly locations: readonly string[];
  /** What lies in the directories and is not read: hidden, or of no known extension. */
  readonly ignored: readonly string[];
}

/**
 * Finds the files that paths stand for: files, directories with all below them, patterns and http(s) addresses.
 *
 * A file that is named is taken whatever its extension; in directories, only files of known extensions are.
 *
 * @throws {CorpusError} `no-input` if one of the paths stands for no file, `input-repeated` if two stand for the same file,
 * `unreadable` if a file or directory cannot be read.
 */
export async function expandInputs(paths: readonly string[]): Promise<Inputs> {
  const search = new Search();
  for (const path of paths) await search.add(path);
  if (search.locations.length === 0) throw new CorpusError('no-input', 'there is no input');
  return { locations: search.locations, ignored: search.ignored };
}

class Search {
  readonly locations: string[] = [];
  readonly ignored: string[] = [];
  /** Spellings by real path. */
  readonly #seen = new Map<string, string>();

  async add(path: string): Promise<void> {
    const before = this.locations.length;
    if (isUrl(path)) {
      this.#remember(path, path);
      this.locations.push(path);
      return;
    }
    const kind = await kindOf(path);
    if (kind === 'directory') await this.#addDirectory(path);
    else if (kind !== 'missing') await this.#addFile(path, kind);
    else if (isDynamicPattern(path)) await this.#addMatches(path);
    else throw new CorpusError('no-input', `${path}: no such file or directory`);
    if (this.locations.length === before)
      throw new CorpusError('no-input', `${path}: there is no file of a known format`);
  }

  async #addMatches(pattern: string): Promise<void> {
    const matches = await matchFiles(pattern);
    if (matches.length === 0) throw new CorpusError('no-input', `${pattern}: no file matches`);
    for (const path of matches.sort(byCodeUnits)) await this.#addFile(path, await kindOf(path));
  }

  async #addDirectory(directory: string): Promise<void> {
    this.#remember(await realpath(directory), directory);
    let names: string[];
    try {
      names = await readdir(directory);
    } catch (error) {
      throw unreadable(directory, error);
    }
    for (const name of names.sort(byCodeUnits)) {
      const path = join(directory, name);
      if (name.startsWith('.')) {
        this.ignored.push(path);
        continue;
      }
      const kind = await kindOf(path);
      if (kind === 'directory') await this.#addDirectory(path);
      else if (formatOfName(path).format === undefined) this.ignored.push(path);
      else await this.#addFile(path, kind);
    }
  }

  async #addFile(path: string, kind: Kind): Promise<void> {
    if (kind === 'missing') throw new CorpusError('unreadable', `${path}: leads nowhere`);
    if (kind !== 'file') throw new CorpusError('unreadable', `${path}: is no regular file`);
    try {
      await access(path, constants.R_OK);
    } catch (error) {
      throw unreadable(path, error);
    }
    this.#remember(await realpath(path), path);
    this.locations.push(path);
  }

  #remember(real: string, spelling: string): void {
    const other = this.#seen.get(real);
    if (other !== undefined)
      throw new CorpusError(
        'input-repeated',
        `${shownLocation(spelling)}: was given already, as ${shownLocation(other)}`,
      );
    this.#seen.set(real, spelling);
  }
}

type Kind = 'file' | 'directory' | 'other' | 'missing';

async function kindOf(path: string): Promise<Kind> {
  try {
    const stats = await stat(path);
    if (stats.isFile()) return 'file';
    return stats.isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'missing';
    throw unreadable(path, error);
  }
}

/** An order that is the same on every machine. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
