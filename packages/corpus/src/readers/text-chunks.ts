import { StreamDamage } from './bytes/stream-damage.ts';
import type { RawBatch, RawRecords } from './raw-record.ts';

/** Records of a format with lines, as they are cut: yields whenever the batch is full. */
export type Cutter = AsyncGenerator<void>;

/**
 * Hands over the records that a cutter puts into a batch; where the data is damaged, also a failure that stands for the rest.
 *
 * @param batch the batch that the cutter fills.
 * @param cutter cuts the file into records.
 * @param lines counts the lines so far, where the format has any.
 */
export async function* handOver(batch: RawBatch, cutter: Cutter, lines?: () => number): RawRecords {
  try {
    for await (const _ of cutter) yield batch.take();
  } catch (error) {
    if (!(error instanceof StreamDamage)) throw error;
    batch.refuse(
      { byteOffset: error.offset, ...(lines === undefined ? {} : { line: lines() }) },
      {
        code: 'damaged',
        message: `${error.message}; nothing after byte ${error.offset} of its content was read`,
      },
    );
  }
  if (!batch.isEmpty) yield batch.take();
  return { records: batch.record, ...(lines === undefined ? {} : { lines: lines() }) };
}
