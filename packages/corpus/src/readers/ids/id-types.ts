/** How integers are stored, little endian. */
export interface IdType {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly isSigned: boolean;
}

/** Stands for an integer that is no token id: no vocabulary reaches it. */
const NO_ID = 0xffff_ffff;

function type(bytes: IdType['bytes'], isSigned: boolean): IdType {
  return { bytes, isSigned };
}

/** By NumPy's names of types. */
export const NUMPY_TYPES: ReadonlyMap<string, IdType> = new Map([
  ['|u1', type(1, false)],
  ['<u2', type(2, false)],
  ['<i2', type(2, true)],
  ['<u4', type(4, false)],
  ['<i4', type(4, true)],
  ['<u8', type(8, false)],
  ['<i8', type(8, true)],
]);

/** By the numbers in an index of Megatron. */
export const MEGATRON_TYPES: ReadonlyMap<number, IdType> = new Map([
  [1, type(1, false)],
  [3, type(2, true)],
  [4, type(4, true)],
  [5, type(8, true)],
  [8, type(2, false)],
]);

/** Reads whole integers as token ids, in memory of their own; what is no id becomes {@link NO_ID}. */
export function idsOf(bytes: Uint8Array, { bytes: width, isSigned }: IdType): Uint32Array {
  const length = Math.floor(bytes.length / width);
  const ids = new Uint32Array(length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < length; i++) {
    const at = i * width;
    if (width === 2) ids[i] = isSigned ? view.getInt16(at, true) : view.getUint16(at, true);
    else if (width === 4) ids[i] = view.getUint32(at, true);
    else if (width === 1) ids[i] = view.getUint8(at);
    else ids[i] = view.getUint32(at + 4, true) === 0 ? view.getUint32(at, true) : NO_ID;
    // Negative ones are no ids either.
    if (isSigned && width !== 8 && (ids[i] ?? 0) >= 2 ** 31) ids[i] = NO_ID;
  }
  return ids;
}
