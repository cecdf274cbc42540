import type { Compression } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import { ByteCursor } from '../readers/bytes/byte-cursor.ts';
import type { ByteSource } from '../readers/bytes/byte-source.ts';
import { memorySource } from '../readers/bytes/memory-source.ts';
import type { OpenSource } from '../readers/bytes/open-source.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { idsOf } from '../readers/ids/id-types.ts';
import { indexOf, readMegatronHead } from '../readers/ids/read-megatron.ts';
import { readNpyHeader } from '../readers/ids/read-npy.ts';
import { beginRead } from '../readers/read-options.ts';
import type { DetectedFormat } from './detect-format.ts';
import { documentEnds } from './end-of-text.ts';
import type { DetectedLayout, FileWishes } from './file-wishes.ts';
import { whyRefused } from './refused-formats.ts';
import { sniffIdBytes } from './sniff-format.ts';

/** The first number of a raw file with the header of llm.c, which is no token. */
const LLM_C_MAGIC = 20_240_520;

/**
 * How a file of token ids is read that has an index beside it; undefined if it has none.
 *
 * @throws {CorpusError} if there is one that cannot be read.
 */
export async function indexedReading(
  location: string,
  compression: Compression,
  open: OpenSource,
): Promise<DetectedLayout | undefined> {
  if (compression !== 'none' || !/\.bin$/i.test(location)) return undefined;
  const path = indexOf(location);
  let index: ByteSource;
  try {
    index = await open(path, beginRead({}));
  } catch (error) {
    if (error instanceof CorpusError && error.reason === 'missing') return undefined;
    throw error;
  }
  try {
    const head = await readMegatronHead(path, index);
    if (head === undefined) {
      const start = Buffer.from(await index.slice(0, Math.min(16, index.size ?? 0)));
      const why = whyRefused('', start);
      // What else has this name is not the ids' business.
      if (why === undefined) return undefined;
      throw new CorpusError('unsupported', `${shownLocation(path)}: ${why}`);
    }
    const { type, bounds } = head;
    const width = 8 * type.bytes;
    return {
      reading: { format: 'bin', compression, layout: { kind: 'ids', field: '' }, indexed: true },
      description: `token ids of ${width} bits, ${Math.max(0, bounds - 1)} documents as the index beside it says`,
    };
  } finally {
    await index.close();
  }
}

/** How raw token ids are read. */
export async function binReading(
  location: string,
  compression: Compression,
  head: Buffer,
  wishes: FileWishes,
): Promise<DetectedLayout> {
  if (head.length >= 4 && head.readInt32LE() === LLM_C_MAGIC)
    throw new CorpusError(
      'unsupported',
      `${shownLocation(location)}: starts with a header of llm.c, which is no token; take the header off`,
    );
  const { idBytes = sniffIdBytes(head) } = wishes;
  const ends = await documentEnds(idsOf(head, { bytes: idBytes, isSigned: false }), wishes);
  return {
    reading: { format: 'bin', compression, layout: { kind: 'ids', field: '' }, idBytes, ...ends.reading },
    description: `token ids of ${8 * idBytes} bits, ${ends.description}`,
  };
}

/** How an array of NumPy is read. */
export async function arrayReading(
  location: string,
  base: DetectedFormat['base'],
  head: Buffer,
  wishes: FileWishes,
): Promise<DetectedLayout> {
  const { type, shape, length } = await readNpyHeader(location, new ByteCursor(memorySource(head).chunks(0)));
  const isTable = shape.length === 2;
  const ends = isTable
    ? { reading: {}, description: 'one document a row' }
    : await documentEnds(idsOf(head.subarray(length), type), wishes);
  return {
    reading: { ...base, layout: { kind: 'ids', field: '' }, ...ends.reading },
    description: `token ids of ${8 * type.bytes} bits, ${ends.description}`,
  };
}
