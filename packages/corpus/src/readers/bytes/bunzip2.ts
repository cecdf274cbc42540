import { StreamDamage } from './stream-damage.ts';

/** What is handed to the decompressor at a time: a block becomes at most some 45 MB. */
const STEP_BYTES = 256 * 1024;

/**
 * Decompresses bzip2, of one stream or several.
 *
 * @throws {StreamDamage} where the data is cut off or damaged, once everything before that has been yielded.
 */
export async function* bunzip2(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { default: unbzip2 } = await import('unbzip2-stream');
  const decompressor = unbzip2();
  let ready: Buffer[] = [];
  let failure: Error | undefined;
  let yielded = 0;
  decompressor.on('data', (data: Buffer) => ready.push(data));
  decompressor.on('error', (error: Error) => {
    failure ??= error;
  });
  try {
    for await (const chunk of chunks) {
      for (let from = 0; from < chunk.length && failure === undefined; from += STEP_BYTES) {
        // A copy: the decompressor keeps what it cannot use yet. All that it can, it gives before this returns.
        decompressor.write(Buffer.from(chunk.subarray(from, from + STEP_BYTES)));
        yield* takeReady();
      }
      if (failure !== undefined) break;
    }
    if (failure === undefined) decompressor.end();
    yield* takeReady();
  } finally {
    decompressor.destroy();
  }
  if (failure !== undefined)
    throw new StreamDamage(`the rest of the bzip2 data cannot be read: ${failure.message}`, yielded, {
      cause: failure,
    });

  function takeReady(): Buffer[] {
    const taken = ready;
    ready = [];
    for (const data of taken) yielded += data.length;
    return taken;
  }
}
