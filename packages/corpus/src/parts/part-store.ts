import { CorpusError } from '../errors.ts';
import { openPartFolder } from './open-part-folder.ts';
import { openPart, type PackedFacts, parsePart, partHead } from './parse-part.ts';
import type { Part, PartDocuments, PartHead } from './part.ts';
import type { PartFolder } from './part-folder.ts';
import type { S3Access } from './s3/s3-access.ts';

/** The parts of a scan that were found, and in words the files that are not, or cannot be, among them. */
export interface PartSurvey {
  /** Where each shard's part is, by number. */
  readonly paths: ReadonlyMap<number, string>;
  readonly missing: readonly number[];
  readonly problems: readonly string[];
  /**
   * Reads the part of a shard.
   *
   * @param manifest digest of the manifest whose parts they are.
   * @throws {CorpusError} `part-damaged` naming the file, `parts-unfit` if it belongs to another scan or is gone.
   */
  read(shard: number, manifest: string): Promise<Part>;
  /** Where the file of each shard's part lies, by number: all that it takes to open it, in whatever thread. */
  readonly files: ReadonlyMap<number, PartLocation>;
  /** How stores are reached. Stays inside the process. */
  readonly s3: S3Access | undefined;
}

/** The file of a part. */
export interface PartLocation {
  readonly shard: number;
  /** Directory, or `s3://bucket/prefix`. */
  readonly location: string;
  readonly name: string;
  /** The same for people. */
  readonly path: string;
}

/**
 * Opens the part of a shard.
 *
 * @param manifest digest of the manifest whose part it is.
 * @param s3       how stores are reached; needed for `s3://` only.
 * @throws {CorpusError} `part-damaged` naming the file, `parts-unfit` if it belongs to another scan or is gone.
 */
export async function openPartAt(
  { shard, location, name, path }: PartLocation,
  manifest: string,
  s3: S3Access | undefined,
): Promise<{ readonly documents: PartDocuments; readonly facts: PackedFacts }> {
  const folder = openPartFolder(location, s3);
  const bytes = await folder.read(name);
  if (bytes === undefined) throw new CorpusError('parts-unfit', `${path}: its part is gone`);
  const opened = namingPart(path, () => openPart(bytes));
  checkFits(opened.documents, { manifest, shard }, path);
  return opened;
}

const NAME = /^part-(\d{6,})\.cmp$/;

/**
 * Finds the parts of a scan in one or more places, by their names.
 *
 * @param locations directories, or `s3://bucket/prefix`.
 * @param shards    how many there are to be.
 * @param s3        how stores are reached; needed for `s3://` only.
 * @throws {CorpusError} `unreadable` if a store cannot be listed.
 * @throws {Error} the system's, if a directory cannot be.
 */
export async function surveyParts(
  locations: readonly string[],
  shards: number,
  s3?: S3Access,
): Promise<PartSurvey> {
  const files = new Map<number, PartLocation>();
  const paths = new Map<number, string>();
  const problems: string[] = [];
  for (const location of locations) {
    const folder = openPartFolder(location, s3);
    for (const name of (await folder.list()).sort()) {
      const digits = NAME.exec(name)?.[1];
      if (digits === undefined) continue;
      const path = folder.locate(name);
      const shard = Number(digits);
      const other = paths.get(shard);
      if (shard >= shards) problems.push(`${path}: the scan has no shard ${shard}`);
      else if (other !== undefined) problems.push(`${path}: shard ${shard} is in ${other} already`);
      else {
        paths.set(shard, path);
        files.set(shard, { shard, location, name, path });
      }
    }
  }
  return {
    paths,
    missing: Array.from({ length: shards }, (_, shard) => shard).filter((shard) => !paths.has(shard)),
    problems,
    files,
    s3,
    async read(shard, manifest) {
      const at = files.get(shard);
      const folder = at && openPartFolder(at.location, s3);
      const part = folder && (await readPart(folder, at.name, { manifest, shard }, parsePart));
      if (part !== undefined) return part;
      throw new CorpusError('parts-unfit', `${paths.get(shard) ?? `shard ${shard}`}: its part is gone`);
    },
  };
}

/** Where the parts of a scan are kept: one file a shard, in a place that tasks on many machines may share. */
export class PartStore {
  readonly #folder: PartFolder;
  readonly #manifest: string;

  /**
   * @param location a directory that is there already, or `s3://bucket/prefix`.
   * @param manifest digest of the manifest whose parts they are.
   * @param s3       how stores are reached; needed for `s3://` only.
   * @throws {RangeError} if the location names no bucket, or needs `s3`.
   */
  constructor(location: string, manifest: string, s3?: S3Access) {
    this.#folder = openPartFolder(location, s3);
    this.#manifest = manifest;
  }

  /** Where a shard's part is. */
  path(shard: number): string {
    return this.#folder.locate(partName(shard));
  }

  /**
   * Reads the part of a shard.
   *
   * @returns undefined if there is none.
   * @throws {CorpusError} `part-damaged` naming the file, `parts-unfit` if it belongs to another scan or shard.
   */
  read(shard: number): Promise<Part | undefined> {
    return readPart(this.#folder, partName(shard), { manifest: this.#manifest, shard }, parsePart);
  }

  /**
   * Reads the part of a shard where there is a whole one; a damaged one is removed, to be made again.
   *
   * @returns undefined if there is none now.
   * @throws {CorpusError} `parts-unfit` if it belongs to another scan or shard.
   */
  async readWhole(shard: number): Promise<Part | undefined> {
    try {
      return await this.read(shard);
    } catch (error) {
      if (!(error instanceof CorpusError) || error.code !== 'part-damaged') throw error;
      await this.#folder.remove(partName(shard));
      return undefined;
    }
  }

  /**
   * Says whether a shard has a whole part of this scan; a damaged one is removed, to be made again.
   *
   * A store that vouches for what was published is believed. Elsewhere the bytes are read and their digest is checked, but nothing is made of
   * them: a part whose digest is right and whose sections are not was forged, which merging tells.
   *
   * @throws {CorpusError} `parts-unfit` if it belongs to another scan or shard.
   */
  async has(shard: number): Promise<boolean> {
    const name = partName(shard);
    if ((await this.#folder.vouch(name)) === labelOf(this.#manifest, shard)) return true;
    try {
      const bytes = await this.#folder.read(name);
      if (bytes === undefined) return false;
      const found = namingPart(this.#folder.locate(name), () => partHead(bytes));
      checkFits(found, { manifest: this.#manifest, shard }, this.#folder.locate(name));
      return true;
    } catch (error) {
      if (!(error instanceof CorpusError) || error.code !== 'part-damaged') throw error;
      await this.#folder.remove(name);
      return false;
    }
  }

  /** Lists which of some shards have a part, whole or not, by the names that are there. */
  async present(shards: readonly number[]): Promise<number[]> {
    const names = new Set(await this.#folder.list());
    return shards.filter((shard) => names.has(partName(shard)));
  }

  /** Publishes a shard's part at once and whole. Whoever is first stays: parts of one shard are equal. */
  async publish(shard: number, bytes: Uint8Array): Promise<void> {
    await this.#folder.publish(partName(shard), bytes, labelOf(this.#manifest, shard));
  }
}

/** Names the file of a shard's part. */
export function partName(shard: number): string {
  return `part-${String(shard).padStart(6, '0')}.cmp`;
}

/** Says whose part a file is, for stores that keep it beside the bytes. */
export function labelOf(manifest: string, shard: number): string {
  return `${manifest} ${shard}`;
}

async function readPart<T extends PartHead>(
  folder: PartFolder,
  name: string,
  wanted: PartHead,
  parse: (bytes: Uint8Array) => T,
): Promise<T | undefined> {
  const bytes = await folder.read(name);
  if (bytes === undefined) return undefined;
  const part = namingPart(folder.locate(name), () => parse(bytes));
  checkFits(part, wanted, folder.locate(name));
  return part;
}

/** Names the file in what is said against a part. */
export function namingPart<T>(path: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CorpusError('part-damaged', `${path}: ${why}`, { cause });
  }
}

function checkFits(found: PartHead, wanted: PartHead, path: string): void {
  if (found.manifest === wanted.manifest && found.shard === wanted.shard) return;
  const other = found.manifest === wanted.manifest ? 'shard' : 'scan: other files, keys, settings or release';
  throw new CorpusError('parts-unfit', `${path}: belongs to another ${other}`);
}
