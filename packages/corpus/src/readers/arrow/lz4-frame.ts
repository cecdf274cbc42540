/** LZ4 frames as Arrow's buffers have them; LZ4 Frame Format 1.6.x and LZ4 Block Format. */

const MAGIC = 0x184d2204;
const UNCOMPRESSED = 0x8000_0000;

/**
 * Decompresses one LZ4 frame. Checksums are not verified.
 *
 * @param length bytes of the result.
 * @throws {Error} if the frame is damaged.
 */
export function decompressLz4Frame(input: Uint8Array, length: number): Uint8Array {
  const view = Buffer.from(input.buffer, input.byteOffset, input.length);
  if (view.length < 7 || view.readUInt32LE() !== MAGIC) throw new Error('the LZ4 data is not a frame');
  const flags = view[4] ?? 0;
  const hasContentSize = (flags & 8) !== 0;
  const hasBlockChecksum = (flags & 16) !== 0;
  const hasDictionary = (flags & 1) !== 0;
  // Magic, flags and block size, then what the flags announce, then a checksum of these.
  let at = 6 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1;
  const output = new Uint8Array(length);
  let filled = 0;
  for (;;) {
    if (at + 4 > view.length) throw new Error('the LZ4 frame is cut short');
    const size = view.readUInt32LE(at);
    at += 4;
    if (size === 0) break;
    const bytes = size % UNCOMPRESSED;
    const block = view.subarray(at, at + bytes);
    if (block.length < bytes) throw new Error('the LZ4 frame is cut short');
    if (size < UNCOMPRESSED) {
      // Blocks may copy from earlier ones, so all are written to one place.
      filled = decompressBlock(block, output, filled);
    } else {
      if (filled + bytes > length) throw new Error('the LZ4 frame holds more than it should');
      output.set(block, filled);
      filled += bytes;
    }
    at += bytes + (hasBlockChecksum ? 4 : 0);
  }
  if (filled !== length) throw new Error('the LZ4 frame holds less than it should');
  return output;
}

function decompressBlock(input: Uint8Array, output: Uint8Array, from: number): number {
  let at = 0;
  let to = from;
  while (at < input.length) {
    const token = input[at++] ?? 0;
    const literals = lengthOf(token >> 4);
    if (at + literals > input.length || to + literals > output.length)
      throw new Error('the LZ4 block is damaged');
    output.set(input.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    // The last sequence has literals only.
    if (at === input.length) return to;
    const distance = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8);
    at += 2;
    const count = lengthOf(token & 15) + 4;
    if (distance === 0 || distance > to || to + count > output.length)
      throw new Error('the LZ4 block is damaged');
    // Source and target may overlap: then it repeats.
    if (distance >= count) output.copyWithin(to, to - distance, to - distance + count);
    else for (let i = 0; i < count; i++) output[to + i] = output[to + i - distance] ?? 0;
    to += count;
  }
  return to;

  function lengthOf(short: number): number {
    if (short < 15) return short;
    let length = 15;
    let byte = 255;
    while (byte === 255) {
      byte = input[at++] ?? 0;
      length += byte;
    }
    return length;
  }
}
