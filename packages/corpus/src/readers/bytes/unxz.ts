import { ReadableStream } from 'node:stream/web';
import { StreamDamage } from './stream-damage.ts';

/**
 * Decompresses xz, of one stream or several.
 *
 * @throws {StreamDamage} where the data is cut off or damaged, or other bytes follow it, once what comes before that has been yielded,
 * but for at most the last 64 KiB.
 */
export async function* unxz(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { default: library } = await import('xz-decompress');
  const { XzReadableStream } = library as unknown as typeof import('xz-decompress');
  let fault: { readonly error: unknown } | undefined;
  const iterator = chunks[Symbol.asyncIterator]();
  const compressed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await iterator.next();
        if (next.done === true) controller.close();
        // A copy: the chunk's memory is used again.
        else controller.enqueue(Uint8Array.from(next.value));
      } catch (error) {
        fault = { error };
        throw error;
      }
    },
  });
  let yielded = 0;
  const reader = new XzReadableStream(
    compressed as unknown as ConstructorParameters<typeof XzReadableStream>[0],
  ).getReader();
  try {
    for (;;) {
      let next: { readonly done: boolean; readonly value?: Uint8Array | undefined };
      try {
        next = await reader.read();
      } catch (cause) {
        if (fault !== undefined) throw fault.error;
        const reason = cause instanceof Error ? cause.message : 'damaged';
        throw new StreamDamage(`the rest of the xz data cannot be read: ${reason}`, yielded, { cause });
      }
      if (next.done || next.value === undefined) break;
      const data = Buffer.from(next.value);
      yielded += data.length;
      yield data;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
    await iterator.return?.();
  }
}
