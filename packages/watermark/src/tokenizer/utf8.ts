import { WatermarkError } from '../errors.ts';

/**
 * Returns the text of UTF-8 bytes, without a byte order mark at the start (EF BB BF), which is not part of
 * the text: offsets into the text are then three bytes behind those into `bytes`.
 *
 * Strict: replacement characters would be tokens that nobody wrote.
 *
 * @throws {WatermarkError} `invalid-utf8` naming the byte offset of the first sequence that is not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const at = firstInvalid(bytes);
    if (at === bytes.length) throw cause;
    throw new WatermarkError('invalid-utf8', `not UTF-8 at byte ${at}`, { cause });
  }
}

/** The offset of the first byte that starts no well-formed sequence, or `bytes.length`. */
function firstInvalid(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return at;
}

/** The length of the well-formed sequence at `at`, or 0. Source: Unicode 16.0, table 3-7. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte < (i === 1 ? low : 0x80) || byte > (i === 1 ? high : 0xbf)) return 0;
  }
  return length;
}
