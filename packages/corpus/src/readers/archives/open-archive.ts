import type { FileLayout } from '../../documents/layout.ts';
import { CorpusError } from '../../errors.ts';
import { ByteCursor } from '../bytes/byte-cursor.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { decompressedChunks, decompressWhole } from '../bytes/decompress.ts';
import { shownLocation } from '../bytes/shown-location.ts';
import type { ArchiveMember } from './archive-member.ts';
import { tarMembers } from './tar-members.ts';

/**
 * Yields the files of an archive, in their order.
 *
 * @throws {CorpusError} `unsupported` for a zip archive of unknown length.
 * @throws {Error} where it is damaged.
 */
export async function* archiveMembers(
  location: string,
  source: ByteSource,
  { format, compression }: Pick<FileLayout, 'format' | 'compression'>,
): AsyncGenerator<ArchiveMember> {
  if (format === 'tar') {
    const cursor = new ByteCursor(decompressedChunks(source, compression));
    try {
      yield* tarMembers(cursor);
    } finally {
      await cursor.close();
    }
    return;
  }
  const { zipMembers } = await import('./zip-members.ts');
  if (compression !== 'none') {
    const whole = await decompressWhole(location, source, compression);
    yield* zipMembers({ size: whole.length, slice: async (start, end) => whole.subarray(start, end) });
    return;
  }
  const { size } = source;
  if (size === undefined)
    throw new CorpusError(
      'unsupported',
      `${shownLocation(location)}: the server does not say how long the file is`,
    );
  yield* zipMembers({ size, slice: async (start, end) => Buffer.from(await source.slice(start, end)) });
}
