import { CorpusError } from '../errors.ts';
import { JsonCutter, type JsonPiece } from '../readers/json-cutter.ts';
import { CutList, type FileCuts } from './cuts.ts';

/** The longest value whose end is found. */
const MAX_VALUE_BYTES = 2 ** 30;
/** What may stand between two records, so that one of them can go: white space, one comma. Separators of RFC 7464 are taken for white space. */
const SEPARATOR = /^\s*,?\s*$/;
/** The longest separator. */
const SEPARATOR_BYTES = 4096;

/**
 * Finds the bytes of records that are left out of a file of JSON values. A record goes with the comma before it, the first ones with
 * the comma after them.
 *
 * @param chunks of the file, after decompression.
 * @throws {CorpusError} `unsupported` saying why, where the rest would be no JSON.
 */
export async function jsonCuts(
  chunks: AsyncIterable<Buffer>,
  recordsField: string | undefined,
  isLeftOut: (record: number) => boolean,
): Promise<FileCuts> {
  const records = new JsonRecords(isLeftOut);
  const pieces: JsonPiece[] = [];
  const cutter = new JsonCutter(recordsField, MAX_VALUE_BYTES, (piece) => pieces.push(piece));
  let offset = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      at = cutter.add(chunk, at);
      for (const piece of pieces.splice(0)) records.add(piece, chunk, offset);
    }
    cutter.keepOpen();
    records.hold(chunk, offset);
    offset += chunk.length;
    if (cutter.isDone) break;
  }
  cutter.finish();
  for (const piece of pieces) records.add(piece, Buffer.alloc(0), offset);
  return { records: records.count, cuts: records.list.cuts };
}

class JsonRecords {
  readonly list = new CutList();
  count = 0;
  readonly #isLeftOut: (record: number) => boolean;
  /** Where the last record ended, and what was seen since in earlier chunks. */
  #end: number | undefined;
  #since = '';
  #hasKept = false;
  /** Where a record starts that goes with what is between it and the next. */
  #leading: number | undefined;

  constructor(isLeftOut: (record: number) => boolean) {
    this.#isLeftOut = isLeftOut;
  }

  add({ offset, bytes, broken }: JsonPiece, chunk: Buffer, chunkOffset: number): void {
    if (broken !== undefined) throw unsupported(`${broken} at byte ${offset} of its content`);
    if (bytes === undefined) throw unsupported(`a record is longer than ${MAX_VALUE_BYTES} bytes`);
    this.hold(chunk, chunkOffset);
    const gap = offset - (this.#end ?? offset);
    if (gap > SEPARATOR_BYTES || !SEPARATOR.test(this.#since.slice(0, gap).replaceAll('\u001e', ' ')))
      throw unsupported('it holds several lists of records, one after another');
    if (this.#leading !== undefined) this.list.add(this.#leading, offset);
    this.#leading = undefined;
    const next = offset + bytes.length;
    if (!this.#isLeftOut(this.count)) this.#hasKept = true;
    else if (this.#hasKept) this.list.add(this.#end ?? offset, next);
    else this.#leading = offset;
    this.count++;
    this.#end = next;
    this.#since = '';
  }

  /** Remembers what of a chunk stands after the last record. */
  hold(chunk: Buffer, chunkOffset: number): void {
    if (this.#end === undefined) return;
    const from = Math.max(0, this.#end + this.#since.length - chunkOffset);
    const to = from + SEPARATOR_BYTES - this.#since.length;
    this.#since += chunk.toString('latin1', Math.min(from, chunk.length), Math.min(to, chunk.length));
  }
}

function unsupported(message: string): CorpusError {
  return new CorpusError('unsupported', message);
}
