import { createGunzip } from 'node:zlib';
import { StreamDamage } from './stream-damage.ts';

/** What is handed to the decompressor at a time: small enough that what it becomes fits into memory. */
const STEP_BYTES = 64 * 1024;

/**
 * Decompresses gzip, of one member or several.
 *
 * @throws {StreamDamage} where the data is cut off, once everything before that has been yielded; where it is damaged, at most
 * 64 KiB of compressed data before that, whose output the decompressor drops with the failure.
 */
export async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const inflater = createGunzip({ chunkSize: 256 * 1024 });
  let ready: Buffer[] = [];
  let failure: Error | undefined;
  let yielded = 0;
  inflater.on('data', (data: Buffer) => ready.push(data));
  inflater.on('error', (error) => {
    failure = error;
  });
  // Where a write fails its callback is not called: only the end of the decompressor tells.
  let proceed = (): void => undefined;
  let isClosed = false;
  inflater.on('close', () => {
    isClosed = true;
    proceed();
  });
  let isEnding = false;
  inflater.on('end', () => {
    if (!isEnding) failure ??= new Error('what follows a member is no gzip data');
    proceed();
  });
  try {
    for await (const chunk of chunks) {
      for (let from = 0; from < chunk.length && failure === undefined; from += STEP_BYTES) {
        await new Promise<void>((resolve) => {
          proceed = resolve;
          inflater.write(chunk.subarray(from, from + STEP_BYTES), () => resolve());
        });
        for (const data of takeReady()) {
          yielded += data.length;
          yield data;
        }
      }
      if (failure !== undefined) break;
    }
    if (failure === undefined) {
      isEnding = true;
      inflater.end();
      await new Promise<void>((resolve) => {
        proceed = resolve;
        if (isClosed) resolve();
      });
    }
    for (const data of takeReady()) {
      yielded += data.length;
      yield data;
    }
  } finally {
    inflater.destroy();
  }
  if (failure !== undefined)
    throw new StreamDamage(`the gzip data cannot be read on: ${failure.message}`, yielded, {
      cause: failure,
    });

  function takeReady(): Buffer[] {
    const taken = ready;
    ready = [];
    return taken;
  }
}
