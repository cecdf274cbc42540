import { Decompress } from 'fzstd';
import { StreamDamage } from './stream-damage.ts';

/** What is handed to the decompressor at a time: small enough that what it becomes fits into memory. */
const STEP_BYTES = 16 * 1024;

/**
 * Decompresses Zstandard, of one frame or several. Checksums are not verified.
 *
 * @throws {StreamDamage} where the data is cut off or damaged, once everything before that has been yielded.
 */
export async function* unzstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let ready: Buffer[] = [];
  let yielded = 0;
  const decompressor = new Decompress((data) => {
    if (data.length > 0) ready.push(Buffer.from(data.buffer, data.byteOffset, data.length));
  });
  let failure: unknown;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length && failure === undefined; from += STEP_BYTES) {
      // A copy: the decompressor keeps what it cannot use yet.
      push(Uint8Array.from(chunk.subarray(from, from + STEP_BYTES)), false);
      yield* takeReady();
    }
    if (failure !== undefined) break;
  }
  if (failure === undefined) push(new Uint8Array(0), true);
  yield* takeReady();
  if (failure !== undefined) {
    const reason = failure instanceof Error ? failure.message : 'damaged';
    throw new StreamDamage(`the rest of the Zstandard data cannot be read: ${reason}`, yielded, {
      cause: failure,
    });
  }

  function push(bytes: Uint8Array, final: boolean): void {
    try {
      decompressor.push(bytes, final);
    } catch (error) {
      failure = error;
    }
  }

  function takeReady(): Buffer[] {
    const taken = ready;
    ready = [];
    for (const data of taken) yielded += data.length;
    return taken;
  }
}
