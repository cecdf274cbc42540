/** Cuts Arrow IPC streams and files into their messages; Arrow Columnar Format 1.5, "Serialization and Interprocess Communication". */
import { ByteCursor } from '../bytes/byte-cursor.ts';
import type { ArrowContent } from './arrow-content.ts';

/** What a message holds. */
export type ArrowMessage =
  | { readonly kind: 'schema' | 'batch'; readonly bytes: Uint8Array }
  /** Values of a dictionary: in place of those before, or after them. */
  | {
      readonly kind: 'dictionary';
      readonly bytes: Uint8Array;
      readonly id: bigint;
      readonly isDelta: boolean;
    };

const CONTINUATION = 0xffff_ffff;
const KINDS = new Map([
  [1, 'schema'],
  [2, 'dictionary'],
  [3, 'batch'],
] as const);

/** No metadata of a message is longer. */
const MAX_METADATA = 256 * 2 ** 20;

/**
 * Yields the messages of a stream, or those that the footer of a file lists.
 *
 * @returns whether the end that a stream or a file should have was met.
 * @throws {Error} where the data is damaged or cut off.
 */
export async function* arrowMessages(content: ArrowContent): AsyncGenerator<ArrowMessage, boolean> {
  if (content.footer !== undefined) {
    yield* fileMessages(content.footer, content.slice);
    return true;
  }
  const cursor = new ByteCursor(content.chunks());
  try {
    for (;;) {
      const message = await nextMessage(cursor);
      if (typeof message === 'boolean') return message;
      yield message;
    }
  } finally {
    await cursor.close();
  }
}

/** The next message; where there is none, whether that was said. */
async function nextMessage(cursor: ByteCursor): Promise<ArrowMessage | boolean> {
  const start = await cursor.take(4);
  if (start.length === 0) return false;
  if (start.length < 4) throw new Error('a message is cut short');
  let length = start.readUInt32LE();
  // Before Arrow 0.15 there was no continuation.
  if (length === CONTINUATION) {
    const next = await cursor.take(4);
    if (next.length < 4) throw new Error('a message is cut short');
    length = next.readUInt32LE();
  }
  if (length === 0) return true;
  if (length > MAX_METADATA) throw new Error('what follows is not a message');
  const metadata = await cursor.take(length);
  if (metadata.length < length) throw new Error('a message is cut short');
  const bodyLength = bodyLengthOf(metadata);
  const body = await cursor.take(bodyLength);
  if (body.length < bodyLength) throw new Error('a record batch is cut short');
  return messageOf(metadata, body);
}

async function* fileMessages(
  footer: Buffer,
  slice: (start: number, end: number) => Promise<Buffer>,
): AsyncGenerator<ArrowMessage> {
  yield messageOf(schemaOfFooter(footer), Buffer.alloc(0));
  const blocks = [...blocksOf(footer, 8), ...blocksOf(footer, 10)].sort((a, b) => a.offset - b.offset);
  for (const { offset, metadataLength, bodyLength } of blocks) {
    const bytes = await slice(offset, offset + metadataLength + bodyLength);
    const prefix = bytes.length >= 4 && bytes.readUInt32LE() === CONTINUATION ? 8 : 4;
    yield messageOf(bytes.subarray(prefix, metadataLength), bytes.subarray(metadataLength));
  }
}

/** Puts a message together as the decoder takes it, with its body at a multiple of eight bytes. */
function messageOf(metadata: Buffer, body: Buffer): ArrowMessage {
  const padded = Math.ceil(metadata.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + body.length);
  const view = Buffer.from(bytes.buffer);
  view.writeUInt32LE(CONTINUATION);
  view.writeUInt32LE(padded, 4);
  bytes.set(metadata, 8);
  bytes.set(body, 8 + padded);
  const root = tableAt(metadata, 0);
  const kind = KINDS.get((metadata[fieldOf(metadata, root, 6) ?? -1] ?? 0) as 1 | 2 | 3);
  if (kind === undefined) throw new Error('a message is of an unknown kind');
  if (kind !== 'dictionary') return { kind, bytes };
  const header = tableAt(metadata, fieldOf(metadata, root, 8) ?? 0);
  const id = fieldOf(metadata, header, 4);
  const isDelta = metadata[fieldOf(metadata, header, 8) ?? -1] === 1;
  return { kind, bytes, id: id === undefined ? 0n : metadata.readBigInt64LE(id), isDelta };
}

function bodyLengthOf(metadata: Buffer): number {
  const at = fieldOf(metadata, tableAt(metadata, 0), 10);
  const length = at === undefined ? 0 : Number(metadata.readBigInt64LE(at));
  if (!(length >= 0)) throw new Error('a message is damaged');
  return length;
}

/** Where a table of a flatbuffer is that an offset leads to. */
function tableAt(bytes: Buffer, at: number): number {
  return at + bytes.readUInt32LE(at);
}

/** Where a field of a table is; undefined if the table lacks it. */
function fieldOf(bytes: Buffer, table: number, slot: number): number | undefined {
  const vtable = table - bytes.readInt32LE(table);
  if (slot >= bytes.readUInt16LE(vtable)) return undefined;
  const offset = bytes.readUInt16LE(vtable + slot);
  return offset === 0 ? undefined : table + offset;
}

interface Block {
  readonly offset: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
}

function blocksOf(footer: Buffer, slot: number): Block[] {
  const field = fieldOf(footer, tableAt(footer, 0), slot);
  if (field === undefined) return [];
  const vector = tableAt(footer, field);
  return Array.from({ length: footer.readUInt32LE(vector) }, (_, i) => {
    const at = vector + 4 + 24 * i;
    return {
      offset: Number(footer.readBigInt64LE(at)),
      metadataLength: footer.readInt32LE(at + 8),
      bodyLength: Number(footer.readBigInt64LE(at + 16)),
    };
  });
}

// Some writers leave the schema of a file to its footer: as a message, it is a table with a pointer into the footer.
function schemaOfFooter(footer: Buffer): Buffer {
  const field = fieldOf(footer, tableAt(footer, 0), 6);
  if (field === undefined) throw new Error('the footer has no schema');
  const start = 32;
  const head = Buffer.alloc(start);
  head.writeUInt32LE(16, 0);
  // Size of the list of fields, size of the table, and where in it are version, kind and header.
  for (const [i, value] of [10, 12, 4, 6, 8].entries()) head.writeUInt16LE(value, 4 + 2 * i);
  head.writeInt32LE(12, 16);
  const version = fieldOf(footer, tableAt(footer, 0), 4);
  head.writeInt16LE(version === undefined ? 0 : footer.readInt16LE(version), 20);
  head[22] = 1;
  head.writeUInt32LE(start + tableAt(footer, field) - 24, 24);
  return Buffer.concat([head, footer]);
}
