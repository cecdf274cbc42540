import { Coverage, type CoverageCounts } from '../documents/coverage.ts';
import type { CorpusDocument, ReadRecord, RecordFailure } from '../documents/document.ts';
import { pathsOf, type ShardRange } from '../documents/layout.ts';
import { unscorable } from '../documents/unscorable.ts';
import { CorpusError } from '../errors.ts';
import { checkUnchanged, readUnchanged } from '../manifest/file-state.ts';
import { filesOfShard, type Manifest, type ManifestFile } from '../manifest/manifest.ts';
import { FailureList } from '../parts/failure-list.ts';
import { beginAhead } from '../readers/begin-ahead.ts';
import { heldSource } from '../readers/bytes/held-source.ts';
import { ReadingPace } from '../readers/bytes/read-small.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import type { ReadState, ShardCount } from '../readers/read-options.ts';
import { readShard } from '../readers/read-shard.ts';

/** What is told while a shard is read. */
export interface WalkProgress {
  /** A document is about to be looked at, or none (undefined). */
  at(record: number | undefined): void;
  /** Bytes of the file were read. */
  read(bytes: number): void;
}

/** How the documents of a shard are taken. */
export interface WalkOptions {
  /** Records that are left out, with why: they stopped an earlier attempt. */
  readonly refused?: readonly RecordFailure[];
  /** Whether the first record that cannot be read ends it. */
  readonly strict?: boolean;
  readonly progress?: WalkProgress;
  readonly signal?: AbortSignal;
}

/** Takes the documents of a shard, file by file. */
export interface DocumentSink {
  /** Records of the files that are ended: the number of the next file's first record. */
  readonly records: number;
  /** Takes a document, with its place in its file; one that throws what is wrong with a document becomes a failure. */
  add(document: CorpusDocument, location: string): void;
  /**
   * Ends a file: what is added from now on is of the next.
   *
   * @param failures with the numbers of their records in the shard.
   */
  endFile(count: ShardCount, failures: FailureList, coverage: CoverageCounts): void;
}

/** Small files that are read before their turn: a disk or a network is waited for, and not this machine. */
const AHEAD = 8;

const NO_PROGRESS: WalkProgress = { at: () => undefined, read: () => undefined };

/**
 * Reads one shard of a manifest, and hands over its documents in their order: what any program of shards makes of them is its own part.
 *
 * @throws {CorpusError} if a file has changed, or cannot be read to its end; if it is strict, if a record cannot be read.
 */
export async function walkShard(
  manifest: Manifest,
  shard: number,
  sink: DocumentSink,
  options: WalkOptions = {},
): Promise<void> {
  const files = filesOfShard(manifest, shard);
  const range = manifest.shards[shard]?.range;
  if (files.length === 0) {
    throw new RangeError(`"shard" expected one of the manifest's ${manifest.shards.length}, got ${shard}`);
  }
  const { maxRecordBytes } = manifest.settings;
  const pace = new ReadingPace();
  const nextFile = beginAhead(files, AHEAD, (file) => readUnchanged(file, pace, options.signal));
  for (const [i, file] of files.entries()) {
    const isLast = i === files.length - 1;
    const isAlone = files.length === 1;
    const walk = new FileWalk(sink, file, { ...options, maxRecordBytes, isLast, isAlone });
    // A file of its own may be large.
    await walk.run(range, isAlone ? undefined : await nextFile());
  }
}

/** How a file of a shard is read. */
interface FileWalkOptions extends WalkOptions {
  readonly maxRecordBytes: number;
  /** Whether no file of the shard comes after it. */
  readonly isLast: boolean;
  /** Whether the shard has no other file. */
  readonly isAlone: boolean;
}

/** The reading of one file of a shard, or of a range of one. */
class FileWalk {
  readonly #sink: DocumentSink;
  readonly #file: ManifestFile;
  readonly #options: FileWalkOptions;
  readonly #progress: WalkProgress;
  /** Number of its first record in the shard. */
  readonly #first: number;
  readonly #failures = new FailureList();
  // Of several documents of a record that cannot be scored, one is listed.
  #unscored = -1;

  constructor(sink: DocumentSink, file: ManifestFile, options: FileWalkOptions) {
    this.#sink = sink;
    this.#file = file;
    this.#options = options;
    this.#progress = options.progress ?? NO_PROGRESS;
    this.#first = sink.records;
  }

  /** @param held all its bytes, if they were read already and are those that the scan was planned with. */
  async run(range: ShardRange | undefined, held: Buffer | undefined): Promise<void> {
    const { refused = [], maxRecordBytes, isLast, signal } = this.#options;
    const file = this.#file;
    const begun = held === undefined ? await checkUnchanged(file, signal) : undefined;
    // Those of later files, too, until it is known how many records this one has.
    const left = refused.filter(({ record }) => record >= this.#first);
    if (isLast) this.#checkStrict(left[0]);
    const coverage = new Coverage(pathsOf(file.reading.layout));
    const { location, reading } = file;
    const source = { location, reading, ...(range === undefined ? {} : { range }) };
    const batches = readShard(source, {
      maxRecordBytes,
      skip: new Set(left.map(({ record }) => record - this.#first)),
      coverage,
      onBytes: (bytes) => this.#progress.read(bytes),
      ...(held === undefined
        ? {}
        : { open: async (path: string, reading: ReadState) => heldSource(path, held, reading) }),
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      for (;;) {
        const next = await batches.next();
        if (next.done) {
          if (begun !== undefined) await checkUnchanged(file, signal, begun);
          const end = this.#first + next.value.records;
          this.#sink.endFile(
            next.value,
            this.#withRefused(isLast ? left : left.filter(({ record }) => record < end)),
            coverage.counts(),
          );
          return;
        }
        this.#addAll(next.value);
      }
    } finally {
      // Lets go of the file, where a record ended the scan.
      await batches.return({ records: 0, bytes: 0 });
    }
  }

  #addAll(records: readonly ReadRecord[]): void {
    for (const { document, failure } of records) {
      if (failure !== undefined) this.#fail(failure);
      else this.#add(document);
    }
    this.#progress.at(undefined);
  }

  #add(document: CorpusDocument): void {
    this.#progress.at(this.#first + document.record);
    try {
      this.#sink.add(document, this.#file.location);
    } catch (error) {
      const { segments: _, id: __, answer: ___, ...place } = document;
      const reason = unscorable(error);
      if (place.record !== this.#unscored) this.#fail({ ...place, ...reason });
      this.#unscored = place.record;
    }
  }

  /** @param failure with its place in the file. */
  #fail(failure: RecordFailure): void {
    const inShard = { ...failure, record: this.#first + failure.record };
    this.#checkStrict(inShard);
    this.#failures.add(inShard);
  }

  #checkStrict(failure: RecordFailure | undefined): void {
    if (failure === undefined || this.#options.strict !== true) return;
    const inFile = { ...failure, record: failure.record - this.#first };
    const where = placeInWords(inFile, this.#options.isAlone ? ' of the shard' : '');
    throw new CorpusError('damaged', `${shownLocation(this.#file.location)}: ${where}: ${failure.message}`);
  }

  #withRefused(refused: readonly RecordFailure[]): FailureList {
    this.#checkStrict(refused[0]);
    const all = new FailureList();
    for (const failure of refused) all.add(failure);
    all.addAll(this.#failures);
    return all;
  }
}

/** Says where a failure is, for people. */
function placeInWords({ record, line, byteOffset }: RecordFailure, ofWhat: string): string {
  const where = line === undefined ? `record ${record + 1}` : `line ${line + 1}${ofWhat}`;
  return byteOffset === undefined ? where : `${where}, byte ${byteOffset}`;
}
