import { crc32, createInflateRaw } from 'node:zlib';
import { ByteCursor } from './byte-cursor.ts';
import { StreamDamage } from './stream-damage.ts';

/** What is handed to the decompressor at a time: small enough that what it becomes fits into memory. */
const STEP_BYTES = 64 * 1024;
/** A name or comment in a header is not longer. */
const MAX_NAME_BYTES = 2 ** 20;

/** Flags of a member's header; RFC 1952, section 2.3.1. */
const FLAGS = { headerChecksum: 2, extra: 4, name: 8, comment: 16 };

/**
 * Decompresses gzip (RFC 1952), of one member or several. What follows the last member and begins no other is passed over, as
 * `gzip -d` does; a member's checksum and length are verified.
 *
 * @param onLeftOver told how many bytes follow the last member, if not all of them are zeros, which are padding.
 *
 * @throws {StreamDamage} where the data is cut off or damaged, once everything before that has been yielded.
 */
export async function* gunzip(
  chunks: AsyncIterable<Buffer>,
  onLeftOver: (bytes: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  const cursor = new ByteCursor(chunks);
  let yielded = 0;
  const damage = (why: string, cause?: unknown): StreamDamage =>
    new StreamDamage(`the gzip data cannot be read on: ${why}`, yielded, { cause });
  try {
    for (let member = 0; ; member++) {
      const head = await cursor.take(10);
      // One byte may be the start of a member that is cut off.
      const isMember = head[0] === 0x1f && (head[1] ?? 0x8b) === 0x8b;
      if (!isMember) {
        if (member === 0 && head.length > 0) throw damage('it has no gzip header');
        let isPadding = head.every((byte) => byte === 0);
        let bytes = head.length;
        for (
          let some = await cursor.takeSome(STEP_BYTES);
          some.length > 0;
          some = await cursor.takeSome(STEP_BYTES)
        ) {
          isPadding &&= some.every((byte) => byte === 0);
          bytes += some.length;
        }
        if (!isPadding) onLeftOver(bytes);
        return;
      }
      if (head.length < 10 || head[2] !== 8) throw damage('a header is cut short or of an unknown kind');
      if (!(await skipHeader(cursor, head[3] ?? 0))) throw damage('a header is cut short');
      let checksum = 0;
      let length = 0;
      for await (const data of inflate(cursor, damage)) {
        checksum = crc32(data, checksum);
        length = (length + data.length) % 2 ** 32;
        yielded += data.length;
        yield data;
      }
      const trailer = await cursor.take(8);
      if (trailer.length < 8) throw damage('unexpected end of file');
      if (trailer.readUInt32LE() !== checksum || trailer.readUInt32LE(4) !== length)
        throw damage('incorrect data check');
    }
  } finally {
    await cursor.close();
  }
}

async function skipHeader(cursor: ByteCursor, flags: number): Promise<boolean> {
  if ((flags & FLAGS.extra) !== 0) {
    const size = await cursor.take(2);
    if (size.length < 2 || (await cursor.skip(size.readUInt16LE())) < size.readUInt16LE()) return false;
  }
  for (const flag of [FLAGS.name, FLAGS.comment]) {
    const isThere = (flags & flag) !== 0;
    if (isThere && (await cursor.takeThrough(Buffer.of(0), MAX_NAME_BYTES)) === undefined) return false;
  }
  return (flags & FLAGS.headerChecksum) === 0 || (await cursor.skip(2)) === 2;
}

/** Inflates one member and leaves the cursor behind it. */
async function* inflate(
  cursor: ByteCursor,
  damage: (why: string, cause?: unknown) => StreamDamage,
): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw({ chunkSize: 256 * 1024 });
  let ready: Buffer[] = [];
  let failure: Error | undefined;
  let isEnded = false;
  // Where a write fails its callback is not called: only the end of the decompressor tells.
  let proceed = (): void => undefined;
  inflater.on('data', (data: Buffer) => ready.push(data));
  inflater.on('error', (error) => {
    failure = error;
    proceed();
  });
  inflater.on('end', () => {
    isEnded = true;
    proceed();
  });
  let taken = 0;
  try {
    while (!isEnded && failure === undefined) {
      const step = await cursor.takeSome(STEP_BYTES);
      if (step.length === 0) break;
      taken += step.length;
      await new Promise<void>((resolve) => {
        proceed = resolve;
        inflater.write(step, () => {
          // The end is told after the write that it came with.
          if (inflater.bytesWritten < taken) setImmediate(resolve);
          else resolve();
        });
      });
      yield* takeReady();
      if (inflater.bytesWritten < taken && failure === undefined) {
        cursor.giveBack(taken - inflater.bytesWritten);
        return;
      }
    }
    if (failure !== undefined) throw damage(failure.message, failure);
    if (isEnded) return;
    // The data may end just where a step does, which only the end of the stream tells.
    await new Promise<void>((resolve) => {
      proceed = resolve;
      inflater.end();
    });
    yield* takeReady();
    if (failure !== undefined) throw damage((failure as Error).message, failure);
  } finally {
    inflater.destroy();
  }

  function takeReady(): Buffer[] {
    const taken = ready;
    ready = [];
    return taken;
  }
}
