import type { Coverage } from '../documents/coverage.ts';
import type { CorpusDocument, ReadRecord, RecordPlace } from '../documents/document.ts';
import type { ShardSource } from '../documents/layout.ts';
import { readArchive } from './archives/read-archive.ts';
import { readWarc } from './archives/read-warc.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { openSource } from './bytes/open-source.ts';
import { readBin } from './ids/read-bin.ts';
import { readMegatron } from './ids/read-megatron.ts';
import { readNpy } from './ids/read-npy.ts';
import { RecordFinder } from './layouts/record-finder.ts';
import type { RawRecord, RawRecords } from './raw-record.ts';
import { readJson } from './read-json.ts';
import { parseJsonLine, parseTextLine, readLines } from './read-lines.ts';
import { readMds } from './read-mds.ts';
import { beginRead, type ReadOptions, type ReadState, type ShardCount } from './read-options.ts';
import { readText } from './read-text.ts';

/**
 * Reads a shard: every record that starts in it comes once, as its documents or as a failure, but for those to be skipped.
 *
 * Batches are small and nothing is read ahead of them, so memory does not grow with the shard. Numbers of records and
 * lines count from the start of the shard.
 *
 * @returns how much was read.
 * @throws {CorpusError} if the file cannot be opened or read to its end, or is as a whole no file of its format.
 * @throws {RangeError} if an option is out of its range.
 */
export async function* readShard(
  shard: ShardSource,
  options: ReadOptions = {},
): AsyncGenerator<ReadRecord[], ShardCount> {
  const reading = beginRead(options);
  const finder = new RecordFinder(shard.reading);
  const { open = openSource } = options;
  const source = await open(shard.location, reading);
  let records: RawRecords | undefined;
  try {
    records = await rawRecords(shard, source, reading);
    for (;;) {
      const next = await records.next();
      reading.signal?.throwIfAborted();
      if (next.done) {
        const { unread = [], ...count } = next.value;
        for (const { path, bytes } of unread) options.coverage?.addStated(path, bytes);
        const { leftOver = 0 } = source;
        if (leftOver === 0) return { ...count, bytes: reading.bytes() };
        const message = `${leftOver} bytes after the end of the compressed data are none of it, and were not read`;
        yield [{ failure: { record: count.records, code: 'damaged', message } }];
        return { ...count, records: count.records + 1, bytes: reading.bytes() };
      }
      const batch: ReadRecord[] = [];
      for (const raw of next.value) {
        if (!reading.skip.has(raw.record)) addDocuments(batch, raw, finder, options.coverage);
      }
      if (batch.length > 0) yield batch;
    }
  } finally {
    // Lets go of what is still being read, where nobody wants the rest.
    try {
      await records?.return({ records: 0 });
    } finally {
      await source.close();
    }
  }
}

/** Reads a shard's records as its format gives them. Libraries are loaded once they are needed: some take long to. */
export async function rawRecords(
  shard: ShardSource,
  source: ByteSource,
  reading: ReadState,
): Promise<RawRecords> {
  switch (shard.reading.format) {
    case 'jsonl':
      return readLines(shard, source, reading, parseJsonLine);
    case 'txt':
      return shard.reading.textSplit === 'lines'
        ? readLines(shard, source, reading, parseTextLine)
        : readText(shard, source, reading);
    case 'json':
      return readJson(shard, source, reading);
    case 'csv':
    case 'tsv':
      return (await import('./read-csv.ts')).readCsv(shard, source, reading);
    case 'parquet':
      return (await import('./read-parquet.ts')).readParquet(shard, source, reading);
    case 'arrow':
      return (await import('./arrow/read-arrow.ts')).readArrow(shard, source, reading);
    case 'bin':
      return shard.reading.indexed === true
        ? readMegatron(shard, source, reading)
        : readBin(shard, source, reading);
    case 'npy':
      return readNpy(shard, source, reading);
    case 'mds':
      return readMds(shard, source, reading);
    case 'warc':
      return readWarc(shard, source, reading);
    case 'tar':
    case 'zip':
      return readArchive(shard, source, reading, rawRecords);
  }
}

/** Objects are built field by field here: this runs once a record, and copies of objects would show. */
type Building<T> = { -readonly [K in keyof T]: T[K] };

function addDocuments(
  batch: ReadRecord[],
  raw: RawRecord,
  finder: RecordFinder,
  coverage: Coverage | undefined,
): void {
  const found = finder.find(raw, coverage);
  if (found.refusal !== undefined) {
    coverage?.discard();
    batch.push({ failure: { ...placeOf(raw), ...found.refusal } });
    return;
  }
  coverage?.add(raw.value);
  const id = finder.idOf(raw);
  const group = finder.groupOf(raw);
  for (const { segments, answer } of found.documents) {
    coverage?.addDocument(segments);
    const document = placeOf(raw) as Building<CorpusDocument>;
    document.segments = segments;
    if (id !== undefined) document.id = id;
    if (group !== undefined) document.group = group;
    if (answer !== undefined) document.answer = answer;
    batch.push({ document });
  }
}

function placeOf({ record, line, byteOffset }: RawRecord): Building<RecordPlace> {
  const place: Building<RecordPlace> = { record };
  if (line !== undefined) place.line = line;
  if (byteOffset !== undefined) place.byteOffset = byteOffset;
  return place;
}
