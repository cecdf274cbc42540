import type { Manifest } from '../manifest/manifest.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import type { CorpusTotals } from './corpus-totals.ts';
import { fileOfRecord } from './shard-files.ts';

/** Where a record is, for people and programs. */
export interface FilePlace {
  readonly file: string;
  /** Number in the file, from 0; of a sample, in the shard, if that is a part of a file. */
  readonly record: number;
  /** From 1; absent where there are no lines, or of a sample, where those before are not known. */
  readonly line?: number;
  readonly byteOffset?: number;
}

/** Where the records of one shard are. */
export interface ShardPlaces {
  /** What its files are called, in their order. */
  readonly names: readonly string[];
  /** Number of each file's first record in the shard, ascending, the first 0. */
  readonly starts: Float64Array;
  /** What comes before the shard in its file; undefined where not all of that was looked at. */
  readonly before: { readonly records: number; readonly lines: number } | undefined;
}

/** A place in a shard; NaN stands for no line and no offset. */
interface RecordInShard {
  readonly record: number;
  readonly line?: number;
  readonly byteOffset?: number;
}

/** Turns places in shards into places in files. */
export class FilePlaces {
  readonly #manifest: Manifest;
  /** What each file of the manifest is called. */
  readonly names: readonly string[];
  // Records and lines of the file before each shard; undefined where not all shards before are there.
  readonly #before: ({ readonly records: number; readonly lines: number } | undefined)[] = [];
  readonly #totals: CorpusTotals;

  /**
   * @param totals with all shards added.
   * @param nameOf what a file is called (default its location, without a query); a name that an earlier file has gets a number.
   */
  constructor(
    manifest: Manifest,
    totals: CorpusTotals,
    nameOf: (location: string) => string = shownLocation,
  ) {
    this.#manifest = manifest;
    this.#totals = totals;
    const counts = new Map<string, number>();
    this.names = manifest.files.map(({ location }) => {
      const name = nameOf(location);
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return count === 1 ? name : `${name} (${count})`;
    });
    const isWhole = manifest.shards.length === manifest.totalShards;
    const sums = new Map<number, { records: number; lines: number }>();
    for (const [i, { file, files }] of manifest.shards.entries()) {
      if (files !== undefined) continue;
      const before = sums.get(file) ?? { records: 0, lines: 0 };
      this.#before[i] = isWhole ? before : undefined;
      const shard = totals.shards[i];
      sums.set(file, {
        records: before.records + (shard?.records ?? 0),
        lines: before.lines + (shard?.lines ?? 0),
      });
    }
  }

  /** Returns where the records of a shard are, as data. */
  ofShard(shard: number): ShardPlaces {
    const { file: first = -1, files = 1 } = this.#manifest.shards[shard] ?? {};
    const starts = this.#totals.shards[shard]?.files?.starts;
    return {
      names: this.names.slice(first, first + files),
      starts: starts ?? new Float64Array(1),
      // Lines of a shard of several files count in their file.
      before: starts === undefined ? this.#before[shard] : { records: 0, lines: 0 },
    };
  }

  /** Returns where a record of a shard is; NaN stands for no line and no offset. */
  of(shard: number, record: RecordInShard): FilePlace {
    return placeOf(this.ofShard(shard), record);
  }
}

/** Returns where a record of a shard is. */
export function placeOf(
  { names, starts, before }: ShardPlaces,
  { record, line, byteOffset }: RecordInShard,
): FilePlace {
  const file = fileOfRecord(starts, record);
  const hasLine = before !== undefined && line !== undefined && !Number.isNaN(line);
  const hasOffset = byteOffset !== undefined && !Number.isNaN(byteOffset);
  return {
    file: names[file] ?? '',
    record: record - (starts[file] ?? 0) + (before?.records ?? 0),
    ...(hasLine ? { line: line + before.lines + 1 } : {}),
    ...(hasOffset ? { byteOffset } : {}),
  };
}
