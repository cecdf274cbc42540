import { isUtf8 } from 'node:buffer';
import {
  type Batch,
  type Column,
  CompressionType,
  setCompressionCodec,
  type Table,
  Type,
} from '@uwdata/flechette';
import { decompress } from 'fzstd';
import { NOT_UTF8 } from '../layouts/found.ts';
import { decompressLz4Frame } from './lz4-frame.ts';

/** Lets the decoder read buffers that are compressed. */
export function registerCodecs(): void {
  const encode = (): never => {
    throw new Error('nothing is written here');
  };
  setCompressionCodec(CompressionType.ZSTD, {
    encode,
    // A copy, since columns of 64 bits need its memory to start at a multiple of eight bytes.
    decode: (bytes: Uint8Array) => Uint8Array.from(decompress(bytes)),
  });
  setCompressionCodec(CompressionType.LZ4_FRAME, { encode, decode: decompressLz4Frame });
}

/** Gives the value of a column in a row. */
export type ArrowColumn = readonly [name: string, valueAt: (row: number) => unknown];

/**
 * The columns of a record batch, as plain values: texts, numbers, typed arrays of numbers, lists and objects.
 *
 * @param names those to take; ones that the batch lacks are left out.
 */
export function arrowColumns(batch: Table, names: readonly string[]): ArrowColumn[] {
  return names.flatMap((name): ArrowColumn[] => {
    const column: Column<unknown> | null | undefined = batch.getChild(name);
    if (column === null || column === undefined) return [];
    // Texts are decoded without a look at their bytes, so those are looked at once a batch.
    const isDamaged = column.data.some((data) => !hasText(data));
    return [[name, (row) => plainValue(column.at(row), isDamaged)]];
  });
}

/**
 * Makes a value plain.
 *
 * @param isDamaged whether texts may have lost bytes: then those with a replacement character are taken for such.
 */
function plainValue(value: unknown, isDamaged: boolean): unknown {
  if (typeof value === 'string') return isDamaged && value.includes('\ufffd') ? NOT_UTF8 : value;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((element) => plainValue(element, isDamaged));
  if (value instanceof Map)
    return Object.fromEntries(
      [...value].map(([name, field]) => [String(name), plainValue(field, isDamaged)]),
    );
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, plainValue(field, isDamaged)]),
  );
}

/** What the decoder keeps of a column in a batch, nested ones too. */
interface Kept {
  readonly values?: Uint8Array;
  readonly offsets?: ArrayLike<number | bigint>;
  /** Of a column of views, the buffers that they look into. */
  readonly data?: readonly Uint8Array[];
  readonly dictionary?: { readonly data: readonly Batch<unknown>[] };
}

/** Whether all texts in a column, and in what is nested in it, are UTF-8. */
function hasText(batch: Batch<unknown>): boolean {
  const { typeId } = batch.type;
  const { values, offsets, data, dictionary } = batch as unknown as Kept;
  if (typeId === Type.Utf8 || typeId === Type.LargeUtf8) {
    if (values === undefined || offsets === undefined) return true;
    const start = Number(offsets[0] ?? 0);
    return isUtf8(values.subarray(start, Number(offsets[batch.length] ?? start)));
  }
  if (typeId === Type.Utf8View) {
    // Short texts stand in the views themselves, at the end of sixteen bytes.
    if (data?.some((buffer) => !isUtf8(buffer)) === true) return false;
    for (let i = 0; values !== undefined && i < batch.length; i++) {
      const length = (values[16 * i] ?? 0) + 256 * (values[16 * i + 1] ?? 0);
      if (length <= 12 && !isUtf8(values.subarray(16 * i + 4, 16 * i + 4 + length))) return false;
    }
  }
  return (batch.children ?? []).every(hasText) && (dictionary?.data ?? []).every(hasText);
}
