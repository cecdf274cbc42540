import type { Encoding, FileLayout } from '../../documents/layout.ts';
import type { ByteSource } from './byte-source.ts';
import { decompressedChunks } from './decompress.ts';
import { StreamDamage } from './stream-damage.ts';

/** Yields a text file's bytes from its start, after decompression, as UTF-8. */
export function textContent(
  source: ByteSource,
  { compression, encoding }: Pick<FileLayout, 'compression' | 'encoding'>,
): AsyncGenerator<Buffer> {
  const chunks = decompressedChunks(source, compression);
  return encoding === undefined ? chunks : toUtf8(chunks, encoding);
}

/**
 * Writes a text of another encoding anew as UTF-8, without its byte order mark.
 *
 * @throws {StreamDamage} where a unit is cut in two or is half of a pair, once everything before its chunk has been yielded.
 */
export async function* toUtf8(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let yielded = 0;
  const decode = (chunk?: Buffer): Buffer => {
    try {
      return Buffer.from(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch (cause) {
      throw new StreamDamage(`the text is not ${encoding.toUpperCase()}`, yielded, { cause });
    }
  };
  for await (const chunk of chunks) {
    const text = decode(chunk);
    yielded += text.length;
    if (text.length > 0) yield text;
  }
  const end = decode();
  if (end.length > 0) yield end;
}
