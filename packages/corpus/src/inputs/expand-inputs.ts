import { realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDynamicPattern } from 'tinyglobby';
import { byCodeUnits } from '../documents/by-code-units.ts';
import { CorpusError } from '../errors.ts';
import { beginAhead } from '../readers/begin-ahead.ts';
import { isUrl } from '../readers/bytes/open-source.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { isDescribing } from './describing-files.ts';
import { formatOfName } from './format-of-name.ts';
import { listFolder } from './list-folder.ts';
import { listRemote } from './list-remote.ts';
import { type Looked, lookAt } from './look-at.ts';
import { matchFiles } from './match-files.ts';
import { whyRefused } from './refused-formats.ts';
import { liveFiles } from './table-folders.ts';
import { type UnreadInput, unreadInput } from './unread-input.ts';

/** Files of no known format, in all. */
export interface UnknownFiles {
  readonly files: number;
  readonly bytes: number;
  /** The first of their names, at most {@link NAMED}. */
  readonly names: readonly string[];
}

/** The files of a corpus, and what is none of it. */
export interface Inputs {
  /** Paths and addresses, in the order given; those of a directory or a pattern in the order of their code units. */
  readonly locations: readonly string[];
  /** What lies in the directories and is not read: hidden, or of no known extension. */
  readonly ignored: readonly string[];
  /** Of the ignored, the files that are not hidden. */
  readonly unknown: UnknownFiles;
  /** What should be read and cannot be. */
  readonly unread: readonly UnreadInput[];
  /** Files that were found again under another name, and are read once. */
  readonly repeated: readonly { readonly location: string; readonly as: string }[];
  /** Files that describe a data set, as its library leaves them, and hold none of it. */
  readonly describing: readonly string[];
  /** Files of tables that hold no live row, and logs of tables. */
  readonly dead: readonly { readonly table: string; readonly files: number }[];
  /** Files that were to be left out. */
  readonly excluded: number;
}

/** How inputs are looked for. */
export interface ExpandOptions {
  /** Says of a path or address that was found, not of one that was given, whether it is left out. */
  readonly isExcluded?: (location: string) => boolean;
}

/** So many names of files of unknown format are kept. */
const NAMED = 20;
/** Entries of a directory that are looked at before their turn: a disk is waited for, and not this machine. */
const AHEAD = 16;

/**
 * Finds the files that paths stand for: files, directories with all below them, patterns and addresses.
 *
 * A file that is named is taken whatever its extension; in directories, only files of known extensions are. What is found and cannot be
 * read is noted, and ends nothing unless there is nothing else.
 *
 * @throws {CorpusError} `no-input` if one of the paths stands for no file; what one cannot be read for, if none can.
 */
export async function expandInputs(paths: readonly string[], options: ExpandOptions = {}): Promise<Inputs> {
  const search = new Search(options);
  for (const path of paths) await search.add(path);
  if (search.locations.length === 0)
    throw search.firstFailure ?? new CorpusError('no-input', 'there is no input');
  const { locations, ignored, unread, repeated, describing, dead, excluded } = search;
  const unknown = await search.unknown();
  return { locations, ignored, unknown, unread, repeated, describing, dead, excluded };
}

class Search {
  readonly locations: string[] = [];
  readonly ignored: string[] = [];
  readonly #strange: { location: string; bytes: number }[] = [];
  readonly unread: UnreadInput[] = [];
  readonly repeated: { location: string; as: string }[] = [];
  readonly describing: string[] = [];
  readonly dead: { table: string; files: number }[] = [];
  excluded = 0;
  firstFailure: CorpusError | undefined;
  readonly #isExcluded: (location: string) => boolean;
  /** Spellings by real path. */
  readonly #seen = new Map<string, string>();

  constructor({ isExcluded = () => false }: ExpandOptions) {
    this.#isExcluded = isExcluded;
  }

  async add(path: string): Promise<void> {
    const before = this.#found();
    if (isUrl(path)) {
      await this.#addAddress(path);
    } else {
      // A path, or a pattern, in a directory that may not be searched.
      const looked = await lookAt(path).catch((error: unknown) => {
        if (!this.#note(path, error)) throw error;
        return undefined;
      });
      if (looked === undefined) return;
      if (looked.kind === 'directory') await this.#attempt(path, () => this.#addDirectory(path));
      else if (looked.kind !== 'missing') await this.#attempt(path, () => this.#addFile(path, looked));
      else if (isDynamicPattern(path)) await this.#addMatches(path);
      else throw new CorpusError('no-input', `${path}: no such file or directory`);
    }
    if (this.#found() === before)
      throw new CorpusError('no-input', `${shownLocation(path)}: there is no file of a known format`);
  }

  /** The files of no known format, but those that are read under another name, as hubs' caches have them. */
  async unknown(): Promise<UnknownFiles> {
    const left: { location: string; bytes: number }[] = [];
    for (const file of this.#strange) {
      const real = isUrl(file.location) ? file.location : await realpath(file.location);
      if (!this.#seen.has(real)) left.push(file);
    }
    return {
      files: left.length,
      bytes: left.reduce((sum, { bytes }) => sum + bytes, 0),
      names: left.slice(0, NAMED).map(({ location }) => location),
    };
  }

  #found(): number {
    return this.locations.length + this.unread.length + this.repeated.length + this.excluded;
  }

  async #addAddress(path: string): Promise<void> {
    const files = await listRemote(path);
    if (files === undefined) {
      if (this.#isNew(path, path)) this.locations.push(path);
      return;
    }
    if (files.length === 0) throw new CorpusError('no-input', `${path}: no such file or directory`);
    const isFile =
      files.length === 1 &&
      files[0] !== undefined &&
      !path.endsWith('/') &&
      !isBelow(files[0].location, path);
    for (const { location, bytes } of files) {
      if (isFile) {
        if (this.#isNew(location, location)) this.locations.push(location);
      } else this.#addFound(location, bytes);
    }
  }

  /** Takes a file that was found in a folder of a store or hub. */
  #addFound(location: string, bytes: number): void {
    const name = location.split('/').at(-1) ?? '';
    if (name.startsWith('.')) this.ignored.push(location);
    else if (this.#isExcluded(location)) this.excluded++;
    else if (!this.#isKnown(location, bytes)) return;
    else if (this.#isNew(location, location)) this.locations.push(location);
  }

  async #addMatches(pattern: string): Promise<void> {
    const { paths, failures } = await matchFiles(pattern);
    for (const [path, error] of failures) if (!this.#note(path, error)) throw error;
    if (paths.length + failures.size === 0) throw new CorpusError('no-input', `${pattern}: no file matches`);
    for (const path of paths.sort(byCodeUnits)) {
      if (this.#isExcluded(path)) this.excluded++;
      else await this.#attempt(path, async () => this.#addFile(path, await lookAt(path)));
    }
  }

  async #addDirectory(directory: string): Promise<void> {
    const real = await realpath(directory);
    if (!this.#isNew(real, directory)) return;
    const { names, bad } = await listFolder(directory);
    for (const name of bad)
      this.unread.push({ location: name, reason: 'bad-name', message: 'its name is no UTF-8; rename it' });
    const table = await liveFiles(directory, names);
    if (table !== undefined) {
      this.dead.push({ table: directory, files: table.dead });
      for (const path of [...table.paths].sort(byCodeUnits)) {
        if (this.#isExcluded(path)) this.excluded++;
        else await this.#attempt(path, async () => this.#addFile(path, await lookAt(path)));
      }
      return;
    }
    const entries = names.sort(byCodeUnits).map((name) => join(directory, name));
    const isLeft = (path: string): boolean => !basename(path).startsWith('.') && !this.#isExcluded(path);
    const nextLooked = beginAhead(entries.filter(isLeft), AHEAD, (path) => lookAt(path, real));
    for (const path of entries) {
      if (basename(path).startsWith('.')) this.ignored.push(path);
      else if (this.#isExcluded(path)) this.excluded++;
      else await this.#attempt(path, async () => this.#addEntry(path, await nextLooked()));
    }
  }

  async #addEntry(path: string, looked: Looked): Promise<void> {
    const { kind, size } = looked;
    if (kind === 'directory') await this.#addDirectory(path);
    else if (kind === 'missing' || kind === 'other') await this.#addFile(path, looked);
    // An index of Megatron belongs to the file of ids beside it.
    else if (/\.idx$/i.test(path) && (await lookAt(path.replace(/\.idx$/i, '.bin'))).kind === 'file')
      this.describing.push(path);
    else if (!this.#isKnown(path, size)) return;
    else if (await isDescribing(path)) this.describing.push(path);
    else await this.#addFile(path, looked);
  }

  /** Whether a file's name says what is in it; if not, it is counted. */
  #isKnown(location: string, bytes: number): boolean {
    if (formatOfName(location).format !== undefined) return true;
    const why = whyRefused(location, Buffer.alloc(0));
    if (why !== undefined) {
      this.#note(location, new CorpusError('unsupported', `${shownLocation(location)}: ${why}`), bytes);
      return false;
    }
    this.ignored.push(location);
    this.#strange.push({ location, bytes });
    return false;
  }

  async #addFile(path: string, { kind, real, denied }: Looked): Promise<void> {
    const failed = (message: string, reason: 'missing' | 'not-a-file'): CorpusError =>
      new CorpusError('unreadable', `${path}: ${message}`, { reason });
    if (kind === 'missing') throw failed('leads nowhere', 'missing');
    if (kind !== 'file') throw failed('is not a regular file', 'not-a-file');
    if (denied !== undefined) throw denied;
    if (this.#isNew(real, path)) this.locations.push(path);
  }

  /** Does something about one path; where it cannot be read, that is noted. */
  async #attempt(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#note(path, error)) throw error;
    }
  }

  #note(path: string, error: unknown, bytes?: number): boolean {
    const unread = unreadInput(path, error, bytes);
    if (unread === undefined) return false;
    this.unread.push(unread);
    this.firstFailure ??= error as CorpusError;
    return true;
  }

  #isNew(real: string, spelling: string): boolean {
    const other = this.#seen.get(real);
    if (other === undefined) this.#seen.set(real, spelling);
    else this.repeated.push({ location: shownLocation(spelling), as: shownLocation(other) });
    return other === undefined;
  }
}

function isBelow(location: string, folder: string): boolean {
  const name = (address: string): string => address.replace(/@[^/]+/, '');
  return name(location) !== name(folder);
}
