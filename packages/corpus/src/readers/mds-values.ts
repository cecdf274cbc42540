import { isUtf8 } from 'node:buffer';
import { idsOf, NUMPY_TYPES } from './ids/id-types.ts';
import { NOT_UTF8 } from './layouts/found.ts';
import { parseJson } from './read-lines.ts';

/** Types of numbers by their names in an encoding, as NumPy's. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['uint8', '|u1'],
  ['uint16', '<u2'],
  ['int16', '<i2'],
  ['uint32', '<u4'],
  ['int32', '<i4'],
  ['uint64', '<u8'],
  ['int64', '<i8'],
]);
/** By the number that an array without a fixed type begins with. */
const NUMBERED: ReadonlyMap<number | undefined, string> = new Map([
  [8, 'uint8'],
  [16, 'uint16'],
  [17, 'int16'],
  [32, 'uint32'],
  [33, 'int32'],
  [64, 'uint64'],
  [65, 'int64'],
]);

/** Reads a value of MosaicML Streaming; undefined for what holds neither text nor numbers. */
export function mdsValue(bytes: Buffer, encoding: string): unknown {
  const [kind = '', ...rest] = encoding.split(':');
  switch (kind) {
    case 'str':
    case 'str_int':
    case 'str_float':
    case 'str_decimal':
      return isUtf8(bytes) ? bytes.toString('utf8') : NOT_UTF8;
    case 'json': {
      if (!isUtf8(bytes)) return NOT_UTF8;
      const parsed = parseJson(bytes.toString('utf8'));
      return 'value' in parsed ? parsed.value : bytes.toString('utf8');
    }
    case 'int':
      return bytes.length === 8 ? bytes.readBigInt64LE() : undefined;
    case 'ndarray':
      return arrayOf(bytes, rest);
    default:
      return scalarOf(bytes, kind);
  }
}

function scalarOf(bytes: Buffer, kind: string): unknown {
  const type = NUMPY_TYPES.get(TYPES.get(kind) ?? '');
  if (type !== undefined && bytes.length === type.bytes) return idsOf(bytes, type)[0];
  if (kind === 'float32' && bytes.length === 4) return bytes.readFloatLE();
  if (kind === 'float64' && bytes.length === 8) return bytes.readDoubleLE();
  return undefined;
}

/** An array of integers in one dimension or several, flat: what the encoding does not fix stands before the numbers. */
function arrayOf(bytes: Buffer, [name, shape]: readonly string[]): unknown {
  let at = 0;
  let named = name;
  if (named === undefined) named = NUMBERED.get(bytes[at++]);
  if (shape === undefined) {
    // The number of dimensions and, in two bits, the width of each; then the dimensions.
    const head = bytes[at++] ?? 0;
    const width = 2 ** (head & 3);
    at += (head >> 2) * width;
  }
  const type = NUMPY_TYPES.get(TYPES.get(named ?? '') ?? '');
  return type === undefined ? undefined : idsOf(bytes.subarray(at), type);
}
