import { type Table, tableFromIPC } from '@uwdata/flechette';
import type { ShardSource } from '../../documents/layout.ts';
import { CorpusError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { shownLocation } from '../bytes/shown-location.ts';
import { neededColumns } from '../parquet-file.ts';
import { RawBatch, type RawRecords } from '../raw-record.ts';
import type { ReadState } from '../read-options.ts';
import { openArrow } from './arrow-content.ts';
import { arrowMessages } from './arrow-messages.ts';
import { arrowColumns, mayHoldText, registerCodecs } from './arrow-values.ts';

/**
 * Reads an Arrow IPC stream or file, a record batch at a time. Buffers may be compressed with LZ4 or Zstandard.
 *
 * Where it cannot be read on, or has no mark of its end, one failure stands for the rest.
 *
 * @param allColumns whether all columns are read, rather than those that the layout needs.
 * @throws {CorpusError} if it is no Arrow data at all.
 */
export async function* readArrow(
  shard: ShardSource,
  source: ByteSource,
  reading: ReadState,
  allColumns = false,
): RawRecords {
  registerCodecs();
  const { location } = shard;
  const content = await openArrow(location, source, shard.reading.compression);
  const records = new RawBatch();
  let schema: Uint8Array | undefined;
  // The messages that make each dictionary what it is now.
  const dictionaries = new Map<bigint, Uint8Array[]>();
  const messages = arrowMessages(content);
  try {
    for (;;) {
      const next = await messages.next();
      if (next.done === true) {
        if (schema === undefined) throw new Error('there is no schema');
        if (!next.value) refuseRest('it has no mark of its end and may be cut short');
        break;
      }
      const message = next.value;
      if (message.kind === 'schema') {
        schema ??= message.bytes;
        tableFromIPC([schema]);
      } else if (message.kind === 'dictionary') {
        const before = message.isDelta ? (dictionaries.get(message.id) ?? []) : [];
        dictionaries.set(message.id, [...before, message.bytes]);
      } else {
        if (schema === undefined) throw new Error('a record batch comes before the schema');
        const table = tableFromIPC([schema, ...[...dictionaries.values()].flat(), message.bytes], {
          useBigInt: true,
        });
        for (const _ of addRows(table, message.bytes.length, shard, records, reading, allColumns))
          yield records.take();
      }
    }
  } catch (error) {
    if (content.fault() !== undefined) throw content.fault();
    const reason = error instanceof Error ? error.message : 'damaged';
    if (schema === undefined)
      throw new CorpusError('damaged', `${shownLocation(location)}: is not Arrow data that can be read`, {
        cause: error,
      });
    refuseRest(reason);
  } finally {
    await messages.return(true);
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
  rows: Table,
  bytes: number,
  shard: ShardSource,
  records: RawBatch,
  reading: ReadState,
  allColumns: boolean,
): Generator<void> {
  const names = rows.schema.fields.map(({ name }) => name);
  // They are in memory anyway, and their text is counted.
  const texts = rows.schema.fields.flatMap(({ name, type }) => (mayHoldText(type) ? [name] : []));
  const read = allColumns ? names : [...new Set([...(neededColumns(shard.reading, names) ?? []), ...texts])];
  const needed = arrowColumns(rows, read);
  const rowBytes = bytes / Math.max(1, rows.numRows);
  for (let row = 0; row < rows.numRows; row++) {
    if (reading.skip.has(records.record)) records.record++;
    else records.add({}, Object.fromEntries(needed.map(([name, at]) => [name, at(row)])), rowBytes);
    if (records.isFull) yield;
  }
}
