import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CorpusError } from '../errors.ts';
import { writeWholeOnce } from '../files/write-whole.ts';
import { type Part, parsePart } from './part.ts';

/** Files that are not, or cannot be, the parts of a scan, in words. */
export interface PartSurvey {
  /** Path of each shard's part, by number. */
  readonly paths: ReadonlyMap<number, string>;
  readonly missing: readonly number[];
  readonly problems: readonly string[];
}

const NAME = /^part-(\d{6,})\.cmp$/;

/**
 * Finds the parts of a scan in one or more directories, by their names.
 *
 * @param shards how many there are to be.
 */
export async function surveyParts(directories: readonly string[], shards: number): Promise<PartSurvey> {
  const paths = new Map<number, string>();
  const problems: string[] = [];
  for (const directory of directories) {
    for (const name of (await readdir(directory)).sort()) {
      const found = NAME.exec(name);
      if (found === null) continue;
      const path = join(directory, name);
      const shard = Number(found[1]);
      const other = paths.get(shard);
      if (shard >= shards) problems.push(`${path}: the scan has no shard ${shard}`);
      else if (other !== undefined) problems.push(`${path}: shard ${shard} is in ${other} already`);
      else paths.set(shard, path);
    }
  }
  const missing = Array.from({ length: shards }, (_, shard) => shard).filter((shard) => !paths.has(shard));
  return { paths, missing, problems };
}

/** Where the parts of a scan are kept: one file a shard, in a directory that tasks on many machines may share. */
export class PartStore {
  readonly #directory: string;
  readonly #manifest: string;

  /**
   * @param directory there already.
   * @param manifest  digest of the manifest whose parts they are.
   */
  constructor(directory: string, manifest: string) {
    this.#directory = directory;
    this.#manifest = manifest;
  }

  /** The name of a shard's part. */
  path(shard: number): string {
    return join(this.#directory, `part-${String(shard).padStart(6, '0')}.cmp`);
  }

  /**
   * Reads the part of a shard.
   *
   * @returns undefined if there is none.
   * @throws {CorpusError} `part-damaged` naming the file, `parts-unfit` if it belongs to another scan or shard.
   */
  async read(shard: number): Promise<Part | undefined> {
    try {
      return await readPart(this.path(shard), this.#manifest, shard);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Says whether a shard has a whole part of this scan; a damaged one is removed, to be made again. */
  async has(shard: number): Promise<boolean> {
    try {
      return (await this.read(shard)) !== undefined;
    } catch (error) {
      if (!(error instanceof CorpusError) || error.code !== 'part-damaged') throw error;
      await unlink(this.path(shard));
      return false;
    }
  }

  /** Publishes a shard's part at once and whole. Whoever is first stays: parts of one shard are equal. */
  async publish(shard: number, bytes: Uint8Array): Promise<void> {
    await writeWholeOnce(this.path(shard), bytes);
  }
}

/**
 * Reads a shard's part from its file.
 *
 * @throws {CorpusError} `part-damaged` naming the file, `parts-unfit` if it belongs to another scan or shard.
 * @throws {Error} the system's, if there is none.
 */
export async function readPart(path: string, manifest: string, shard: number): Promise<Part> {
  const bytes = await readFile(path);
  let part: Part;
  try {
    part = parsePart(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CorpusError('part-damaged', `${path}: ${why}`, { cause });
  }
  if (part.manifest === manifest && part.shard === shard) return part;
  const other = part.manifest === manifest ? 'shard' : 'scan: other files, keys, settings or release';
  throw new CorpusError('parts-unfit', `${path}: belongs to another ${other}`);
}
