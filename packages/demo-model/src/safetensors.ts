/** A tensor of a safetensors file: float16 values in row-major order. */
export interface HalfTensor {
  readonly shape: readonly number[];
  /** Uint8Array `[2 * product of shape]`, little-endian; a view of the file, not a copy. */
  readonly data: Uint8Array;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Reads every tensor of a safetensors file whose tensors are float16.
 *
 * Source: the format's description in huggingface/safetensors: an 8-byte little-endian header
 * length, a JSON header, then the data, to which the header's offsets are relative.
 *
 * @param file Uint8Array, the whole file. Retained: the tensors are views of it.
 * @returns tensors by name.
 * @throws {RangeError} if the header or an entry does not fit the file, or a tensor is not float16.
 * @throws {SyntaxError} if the header is not JSON.
 */
export function readSafetensors(file: Uint8Array): ReadonlyMap<string, HalfTensor> {
  if (file.length < 8) throw new RangeError(`"file" expected at least 8 bytes, got ${file.length}`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > file.length - 8) throw new RangeError(`"file" expected a header of ${length} bytes`);
  const header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + length)));
  const data = file.subarray(8 + length);
  const tensors = new Map<string, HalfTensor>();
  for (const [name, entry] of Object.entries(header as Record<string, Entry>)) {
    if (name === '__metadata__') continue;
    const [start, end] = entry.data_offsets;
    const bytes = entry.shape.reduce((product, size) => product * size, 2);
    if (entry.dtype !== 'F16') throw new RangeError(`tensor "${name}" expected F16, got ${entry.dtype}`);
    if (end - start !== bytes || start < 0 || end > data.length) {
      throw new RangeError(`tensor "${name}" expected ${bytes} bytes in the file, got ${start}..${end}`);
    }
    tensors.set(name, { shape: entry.shape, data: data.subarray(start, end) });
  }
  return tensors;
}

/**
 * Returns the tensor of that name after checking its shape.
 *
 * @throws {RangeError} if there is none, or its shape is another.
 */
export function requireTensor(
  tensors: ReadonlyMap<string, HalfTensor>,
  name: string,
  shape: readonly number[],
): HalfTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined || tensor.shape.join() !== shape.join()) {
    throw new RangeError(`tensor "${name}" expected shape [${shape}], got [${tensor?.shape ?? 'none'}]`);
  }
  return tensor;
}

/** Returns the values of a float16 tensor as float32, exactly. */
export function halfToFloat(tensor: HalfTensor): Float32Array {
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.length);
  return Float32Array.from({ length: tensor.data.length / 2 }, (_, index) => {
    const bits = view.getUint16(2 * index, true);
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = (bits & 0x3ff) / 1024;
    if (exponent === 0) return sign * fraction * 2 ** -14;
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return sign * (1 + fraction) * 2 ** (exponent - 15);
  });
}
