import type { ShardSource } from '../documents/layout.ts';
import type { ByteSource } from '../readers/bytes/byte-source.ts';
import type { RawRecords } from '../readers/raw-record.ts';
import { type LineParser, readLines } from '../readers/read-lines.ts';
import type { ReadState } from '../readers/read-options.ts';
import { readText } from '../readers/read-text.ts';
import { CutList, type FileCuts } from './cuts.ts';

// Where a record starts is all that is asked.
const takeNothing: LineParser = () => ({ value: null });

/**
 * Finds the bytes of records that are left out, of a file whose records lie one after the other: lines, paragraphs, rows of a table. What
 * stands before the first one is kept; a record ends where the next one starts.
 */
export async function lineCuts(
  shard: ShardSource,
  source: ByteSource,
  reading: ReadState,
  isLeftOut: (record: number) => boolean,
): Promise<FileCuts> {
  const list = new CutList();
  let before: number | undefined;
  const raw = await recordsOf(shard, source, reading);
  for (;;) {
    const next = await raw.next();
    if (next.done) {
      if (before !== undefined) list.add(before, Number.POSITIVE_INFINITY);
      return { records: next.value.records, cuts: list.cuts };
    }
    for (const { record, byteOffset = 0 } of next.value) {
      if (before !== undefined) list.add(before, byteOffset);
      before = isLeftOut(record) ? byteOffset : undefined;
    }
  }
}

async function recordsOf(shard: ShardSource, source: ByteSource, reading: ReadState): Promise<RawRecords> {
  const { format, textSplit } = shard.reading;
  if (format === 'jsonl' || textSplit === 'lines') return readLines(shard, source, reading, takeNothing);
  if (format === 'txt') return readText(shard, source, reading);
  return (await import('../readers/read-csv.ts')).readCsv(shard, source, reading);
}
