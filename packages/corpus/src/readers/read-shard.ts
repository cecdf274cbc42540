import type { CorpusDocument, ReadRecord, RecordPlace } from '../documents/document.ts';
import type { FileReading, ShardSource } from '../documents/layout.ts';
import { readArchive } from './archives/read-archive.ts';
import { readWarc } from './archives/read-warc.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { openSource } from './bytes/open-source.ts';
import { readBin } from './ids/read-bin.ts';
import { readMegatron } from './ids/read-megatron.ts';
import { readNpy } from './ids/read-npy.ts';
import { findDocument } from './layouts/find-document.ts';
import { recordId } from './layouts/record-id.ts';
import type { RawRecord, RawRecords, Refusal } from './raw-record.ts';
import { readJson } from './read-json.ts';
import { parseJsonLine, parseTextLine, readLines } from './read-lines.ts';
import { readMds } from './read-mds.ts';
import { beginReading, type Reading, type ReadOptions, type ShardCount } from './read-options.ts';
import { readText } from './read-text.ts';

/**
 * Reads a shard: every record that starts in it comes once, as a document or as a failure, but for those to be skipped.
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
  const reading = beginReading(options);
  const source = await openSource(shard.location, reading);
  let records: RawRecords | undefined;
  try {
    records = await rawRecords(shard, source, reading);
    for (;;) {
      const next = await records.next();
      reading.signal?.throwIfAborted();
      if (next.done) {
        const { records: count } = next.value;
        const { leftOver = 0 } = source;
        if (leftOver === 0) return { ...next.value, bytes: reading.bytes() };
        const message = `${leftOver} bytes after the end of the compressed data are none of it, and were not read`;
        yield [{ failure: { record: count, code: 'damaged', message } }];
        return { ...next.value, records: count + 1, bytes: reading.bytes() };
      }
      const batch = next.value.filter(({ record }) => !reading.skip.has(record));
      if (batch.length > 0) yield batch.map((record) => toDocument(record, shard.reading));
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
  reading: Reading,
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

function toDocument(raw: RawRecord, shard: FileReading): ReadRecord {
  const { layout, idField } = raw.from?.reading ?? shard;
  const found = raw.refusal === undefined ? findDocument(layout, raw.value) : raw;
  if (found.refusal !== undefined) return { failure: { ...placeOf(raw), ...inMember(raw, found.refusal) } };
  const document = placeOf(raw) as Building<CorpusDocument>;
  document.segments = found.segments;
  const own = idField === undefined ? undefined : recordId(raw.value, idField);
  // In an archive only the member's name says where a person finds it.
  const id = raw.from === undefined ? own : `${raw.from.name}#${own ?? raw.from.record}`;
  if (id !== undefined) document.id = id;
  return { document };
}

/** Says which member of an archive a refusal is about, unless its reader has said so. */
function inMember({ from }: RawRecord, refusal: Refusal): Refusal {
  if (from === undefined) return refusal;
  return { ...refusal, message: `${from.name}, record ${from.record + 1}: ${refusal.message}` };
}

function placeOf({ record, line, byteOffset }: RawRecord): Building<RecordPlace> {
  const place: Building<RecordPlace> = { record };
  if (line !== undefined) place.line = line;
  if (byteOffset !== undefined) place.byteOffset = byteOffset;
  return place;
}
