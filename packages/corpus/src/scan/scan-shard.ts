import { checkOptionNames, type OptionNames } from '@countermark/watermark';
import { Coverage } from '../documents/coverage.ts';
import type { CorpusDocument, ReadRecord, RecordFailure } from '../documents/document.ts';
import { pathsOf, type ShardRange } from '../documents/layout.ts';
import { unscorable } from '../documents/unscorable.ts';
import { CorpusError } from '../errors.ts';
import { checkUnchanged, readUnchanged } from '../manifest/file-state.ts';
import { filesOfShard, type Manifest, type ManifestFile } from '../manifest/manifest.ts';
import { FailureList } from '../parts/failure-list.ts';
import type { Part } from '../parts/part.ts';
import { beginAhead } from '../readers/begin-ahead.ts';
import { heldSource } from '../readers/bytes/held-source.ts';
import { ReadingPace } from '../readers/bytes/read-small.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import type { ReadState } from '../readers/read-options.ts';
import { readShard } from '../readers/read-shard.ts';
import { type ScanTools, ShardScan } from './shard-scan.ts';

/** What a scan tells while it runs. */
export interface ScanProgress {
  /** A document is about to be looked at, or none (undefined). */
  at(record: number | undefined): void;
  /** A document was scored. */
  scored(tokens: number, log10PValue: number): void;
  /** Bytes of the file were read. */
  read(bytes: number): void;
}

/** How a shard is scanned. */
export interface ScanShardOptions {
  /** Records that are left out, with why: they stopped an earlier attempt. */
  readonly refused?: readonly RecordFailure[];
  /** Whether the first record that cannot be read ends the scan. */
  readonly strict?: boolean;
  readonly progress?: ScanProgress;
  readonly signal?: AbortSignal;
}

const OPTIONS: OptionNames<ScanShardOptions> = {
  refused: true,
  strict: true,
  progress: true,
  signal: true,
};

/** Small files that are read before their turn: a disk or a network is waited for, and not this machine. */
const AHEAD = 8;

const NO_PROGRESS: ScanProgress = { at: () => undefined, scored: () => undefined, read: () => undefined };

/**
 * Scans one shard of a manifest. The same shard gives the same part, wherever and whenever it is scanned.
 *
 * @throws {CorpusError} if a file has changed, or cannot be read to its end; in a strict scan, if a record cannot be read.
 * @throws {DetectorError} `tokenizer-mismatch`.
 */
export async function scanShard(
  manifest: Manifest,
  shard: number,
  tools: ScanTools,
  options: ScanShardOptions = {},
): Promise<Part> {
  checkOptionNames(options, OPTIONS, 'scanShard');
  const files = filesOfShard(manifest, shard);
  const range = manifest.shards[shard]?.range;
  if (files.length === 0) {
    throw new RangeError(`"shard" expected one of the manifest's ${manifest.shards.length}, got ${shard}`);
  }
  const { maxRecordBytes } = manifest.settings;
  const scan = new ShardScan(manifest, shard, tools);
  const pace = new ReadingPace();
  const nextFile = beginAhead(files, AHEAD, (file) => readUnchanged(file, pace, options.signal));
  try {
    for (const [i, file] of files.entries()) {
      const isLast = i === files.length - 1;
      const isAlone = files.length === 1;
      const scanned = new FileScan(scan, file, { ...options, maxRecordBytes, isLast, isAlone });
      // A file of its own may be large.
      await scanned.run(range, isAlone ? undefined : await nextFile());
    }
    return scan.finish();
  } finally {
    scan.close();
  }
}

/** How a file of a shard is scanned. */
interface FileScanOptions extends ScanShardOptions {
  readonly maxRecordBytes: number;
  /** Whether no file of the shard comes after it. */
  readonly isLast: boolean;
  /** Whether the shard has no other file. */
  readonly isAlone: boolean;
}

/** The scan of one file of a shard, or of a range of one. */
class FileScan {
  readonly #scan: ShardScan;
  readonly #file: ManifestFile;
  readonly #options: FileScanOptions;
  readonly #progress: ScanProgress;
  /** Number of its first record in the shard. */
  readonly #first: number;
  readonly #failures = new FailureList();
  // Of several documents of a record that cannot be scored, one is listed.
  #unscored = -1;

  constructor(scan: ShardScan, file: ManifestFile, options: FileScanOptions) {
    this.#scan = scan;
    this.#file = file;
    this.#options = options;
    this.#progress = options.progress ?? NO_PROGRESS;
    this.#first = scan.records;
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
          this.#scan.endFile(
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
      const { tokens, log10PValue } = this.#scan.add(document, this.#file.location);
      this.#progress.scored(tokens, log10PValue);
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
