/** Throws unless `value` is a Uint8Array of the given length; the message never shows its bytes. */
export function checkBytes(name: string, value: Uint8Array, length: number): void {
  if (!(value instanceof Uint8Array))
    throw new TypeError(`"${name}" expected Uint8Array, got ${typeof value}`);
  if (value.length !== length) {
    throw new RangeError(`"${name}" expected length ${length}, got ${value.length}`);
  }
}

/** Throws unless `value` is a Uint32Array, of the given length if one is given. */
export function checkWords(name: string, value: Uint32Array, length?: number): void {
  if (!(value instanceof Uint32Array)) {
    throw new TypeError(`"${name}" expected Uint32Array, got ${typeof value}`);
  }
  if (length !== undefined && value.length !== length) {
    throw new RangeError(`"${name}" expected length ${length}, got ${value.length}`);
  }
}

/** Throws unless `value` is an integer in `[low, high]`. */
export function checkInteger(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`"${name}" expected an integer from ${low} to ${high}, got ${String(value)}`);
  }
}

/** Throws unless `value` is a context width: a context of up to 15 token ids is one BLAKE3 block. */
export function checkContextWidth(name: string, value: number): void {
  checkInteger(name, value, 1, 15);
}
