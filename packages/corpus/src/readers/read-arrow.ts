import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import type { ShardSource } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import { openArrow } from './arrow-content.ts';
import { arrowColumns, mayHoldText, registerCodecs } from './arrow-values.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { shownLocation } from './bytes/shown-location.ts';
import { neededColumns } from './parquet-file.ts';
import { RawBatch, type RawRecords } from './raw-record.ts';
import type { Reading } from './read-options.ts';

/**
 * Reads an Arrow IPC stream or file, a record batch at a time.
 *
 * Where it cannot be read on, or has no mark of its end, one failure stands for the rest. Buffers may be compressed with
 * Zstandard; LZ4 is refused.
 *
 * @param allColumns whether all columns are read, rather than those that the layout needs.
 * @throws {CorpusError} if it is no Arrow data at all, or is compressed with LZ4.
 */
export async function* readArrow(
  shard: ShardSource,
  source: ByteSource,
  reading: Reading,
  allColumns = false,
): RawRecords {
  registerCodecs();
  const { location } = shard;
  const content = await openArrow(location, source, shard.reading.compression);
  const records = new RawBatch();
  let reader: RecordBatchReader | undefined;
  let batches = 0;
  try {
    reader = await RecordBatchReader.from(content.input);
    await reader.open();
    for (;;) {
      const next = await reader.next();
      if (next.done) break;
      batches++;
      for (const _ of addRows(next.value, shard, records, reading, allColumns)) yield records.take();
    }
    if (batches < reader.numRecordBatches) refuseRest('a record batch is missing');
    if (!content.isWhole()) refuseRest('it has no mark of its end and may be cut short');
  } catch (error) {
    if (content.fault() !== undefined) throw content.fault();
    const reason = error instanceof Error ? error.message : 'damaged';
    if (reason.includes('codec not found'))
      throw new CorpusError(
        'unsupported',
        `${shownLocation(location)}: its buffers are compressed with LZ4, which is not supported; write it with Zstandard or without`,
        { cause: error },
      );
    if (reader?.schema === undefined)
      throw new CorpusError('damaged', `${shownLocation(location)}: is no Arrow data that can be read`, {
        cause: error,
      });
    refuseRest(reason);
  }
  if (!records.isEmpty) yield records.take();
  return { records: records.record };

  function refuseRest(reason: string): void {
    const message = `the file cannot be read on from record ${records.record}: ${reason}`;
    records.refuse({}, { code: 'damaged', message });
  }
}

/** Adds the rows of a record batch, with the columns that are needed and those of texts; yields whenever there are enough of them. */
function* addRows(
  rows: RecordBatch,
  shard: ShardSource,
  records: RawBatch,
  reading: Reading,
  allColumns: boolean,
): Generator<void> {
  const names = rows.schema.fields.map(({ name }) => name);
  // They are in memory anyway, and their text is counted.
  const texts = names.filter((name) => mayHoldText(rows.getChild(name)?.type));
  const read = allColumns ? names : [...new Set([...(neededColumns(shard.reading, names) ?? []), ...texts])];
  const needed = arrowColumns(rows, read);
  const rowBytes = rows.data.byteLength / Math.max(1, rows.numRows);
  for (let row = 0; row < rows.numRows; row++) {
    if (reading.skip.has(records.record)) records.record++;
    else records.add({}, Object.fromEntries(needed.map(([name, at]) => [name, at(row)])), rowBytes);
    if (records.isFull) yield;
  }
}
