import { type IdType, idsOf } from './id-types.ts';

/** Token ids as they are stored, little endian. */
export type StoredIds = Uint16Array | Uint32Array;

/** Token ids that came with one chunk, and, at the end, how many bytes were left that are no whole id. */
export interface IdChunk {
  /** Only good until the next chunk is asked for. */
  readonly ids: StoredIds;
  readonly rest: number;
}

/** Reads chunks of bytes as token ids, wherever the chunks were cut. */
export async function* idChunks(chunks: AsyncIterable<Buffer>, type: IdType): AsyncGenerator<IdChunk> {
  const idBytes = type.bytes;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % idBytes);
    rest = Buffer.from(bytes.subarray(whole));
    if (whole > 0) yield { ids: viewIds(bytes.subarray(0, whole), type), rest: 0 };
  }
  if (rest.length > 0) yield { ids: new Uint16Array(0), rest: rest.length };
}

function viewIds(bytes: Buffer, type: IdType): StoredIds {
  const idBytes = type.bytes;
  if (type.isSigned || idBytes === 1 || idBytes === 8) return idsOf(bytes, type);
  const aligned = bytes.byteOffset % idBytes === 0 ? bytes : Uint8Array.from(bytes);
  const { buffer, byteOffset } = aligned;
  const length = aligned.length / idBytes;
  return idBytes === 2
    ? new Uint16Array(buffer, byteOffset, length)
    : new Uint32Array(buffer, byteOffset, length);
}
