import { isUtf8 } from 'node:buffer';
import {
  CompressionType,
  compressionRegistry,
  type Data,
  type DataType,
  type RecordBatch,
  StructRow,
  Type,
  Vector,
} from 'apache-arrow';
import { decompress } from 'fzstd';
import { NOT_UTF8 } from './layouts/found.ts';

/** Lets Arrow read buffers that are compressed with Zstandard. */
export function registerCodecs(): void {
  if (compressionRegistry.get(CompressionType.ZSTD) === null)
    compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => decompress(bytes) });
}

/** Gives the value of a column in a row. */
export type ArrowColumn = readonly [name: string, valueAt: (row: number) => unknown];

/**
 * The columns of a record batch, as plain values: texts, numbers, typed arrays of numbers, lists and objects.
 *
 * @param names those to take; ones that the batch lacks are left out.
 */
export function arrowColumns(batch: RecordBatch, names: readonly string[]): ArrowColumn[] {
  return names.flatMap((name): ArrowColumn[] => {
    const vector = batch.getChild(name);
    if (vector === null) return [];
    // Texts are decoded without a look at their bytes, so those are looked at once a batch.
    const isDamaged = vector.data.some((data) => !hasText(data));
    return [[name, (row) => plainValue(vector.get(row), isDamaged)]];
  });
}

/**
 * Makes a value plain.
 *
 * @param isDamaged whether texts may have lost bytes: then those with a replacement character are taken for such.
 */
function plainValue(value: unknown, isDamaged: boolean): unknown {
  if (typeof value === 'string') return isDamaged && value.includes('\ufffd') ? NOT_UTF8 : value;
  if (value instanceof Vector) {
    const isNumbers = value.type.typeId === Type.Int && value.nullCount === 0;
    return isNumbers ? value.toArray() : Array.from(value, (element) => plainValue(element, isDamaged));
  }
  if (value instanceof StructRow) {
    const entries = Object.entries(value.toJSON());
    return Object.fromEntries(entries.map(([name, field]) => [name, plainValue(field, isDamaged)]));
  }
  return value;
}

/** Whether values of a type are texts, or have some inside. */
export function mayHoldText(type: DataType | undefined): boolean {
  if (type === undefined) return false;
  if (type.typeId === Type.Utf8 || type.typeId === Type.LargeUtf8) return true;
  const inner = (type as { readonly dictionary?: DataType }).dictionary;
  return (
    mayHoldText(inner) || (type.children ?? []).some((child: { type: DataType }) => mayHoldText(child.type))
  );
}

/** Whether all texts in a column, and in what is nested in it, are UTF-8. */
function hasText(data: Data<DataType>): boolean {
  const { typeId } = data.type;
  if (typeId === Type.Utf8 || typeId === Type.LargeUtf8) {
    const { values, valueOffsets, length } = data as unknown as {
      values: Uint8Array;
      valueOffsets: ArrayLike<number | bigint>;
      length: number;
    };
    const start = Number(valueOffsets[0] ?? 0);
    return isUtf8(values.subarray(start, Number(valueOffsets[length] ?? start)));
  }
  const dictionary = data.dictionary?.data ?? [];
  return data.children.every(hasText) && dictionary.every(hasText);
}
