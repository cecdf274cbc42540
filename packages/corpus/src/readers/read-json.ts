import { isUtf8 } from 'node:buffer';
import type { ShardSource } from '../documents/layout.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { textContent } from './bytes/text-content.ts';
import { JsonCutter, type JsonPiece } from './json-cutter.ts';
import { RawBatch, type RawRecords } from './raw-record.ts';
import { NOT_UTF8_REFUSAL, parseJson, tooLong } from './read-lines.ts';
import type { ReadState } from './read-options.ts';
import { handOver } from './text-chunks.ts';

/** Reads a file of JSON values, most often one: a list of records, an object with such a list in a field, or one record. */
export function readJson(shard: ShardSource, source: ByteSource, reading: ReadState): RawRecords {
  const batch = new RawBatch();
  const { recordsField } = shard.reading;
  return handOver(batch, cutRecords(textContent(source, shard.reading), recordsField, batch, reading));
}

async function* cutRecords(
  chunks: AsyncIterable<Buffer>,
  recordsField: string | undefined,
  batch: RawBatch,
  reading: ReadState,
): AsyncGenerator<void> {
  const cutter = new JsonCutter(recordsField, reading.maxRecordBytes, (piece) =>
    addPiece(piece, batch, reading),
  );
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      at = cutter.add(chunk, at);
      if (batch.isFull) yield;
    }
    cutter.keepOpen();
    if (cutter.isDone) break;
  }
  cutter.finish();
}

function addPiece(piece: JsonPiece, batch: RawBatch, reading: ReadState): void {
  const place = { byteOffset: piece.offset };
  if (piece.broken !== undefined) {
    batch.refuse(place, {
      code: 'damaged',
      message: `${piece.broken} at byte ${piece.offset} of the content; nothing from there on was read`,
    });
  } else if (reading.skip.has(batch.record)) {
    batch.record++;
  } else if (piece.bytes === undefined) {
    batch.refuse(place, tooLong(reading));
  } else if (!isUtf8(piece.bytes)) {
    batch.refuse(place, NOT_UTF8_REFUSAL);
  } else {
    const parsed = parseJson(piece.bytes.toString());
    if ('refusal' in parsed) batch.refuse(place, parsed.refusal);
    else batch.add(place, parsed.value, piece.bytes.length);
  }
}
