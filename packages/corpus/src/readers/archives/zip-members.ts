import { Readable } from 'node:stream';
import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl';
import type { ArchiveMember } from './archive-member.ts';

/** What a zip archive is read from: it has to be read at any place. */
export interface ZipBytes {
  readonly size: number;
  readonly slice: (start: number, end: number) => Promise<Buffer>;
}

/** What is read of it at a time. */
const STEP_BYTES = 2 ** 20;

/**
 * Yields the files of a zip archive, in the order of its directory.
 *
 * @throws {Error} if it is none, or damaged.
 */
export async function* zipMembers(bytes: ZipBytes): AsyncGenerator<ArchiveMember> {
  const zip = await open(bytes);
  try {
    for (;;) {
      const entry = await nextEntry(zip);
      if (entry === undefined) return;
      const { fileName: name, uncompressedSize: size, relativeOffsetOfLocalHeader: offset } = entry;
      if (name.endsWith('/')) continue;
      const refusal = whyNot(entry);
      yield {
        name,
        size,
        offset,
        chunks: () => contentOf(zip, entry),
        ...(refusal === undefined ? {} : { refusal }),
      };
    }
  } finally {
    zip.close();
  }
}

/** Methods that content may be stored by: as it is, and deflated. */
const METHODS = [0, 8];

function whyNot(entry: Entry): string | undefined {
  if (entry.isEncrypted()) return 'is encrypted; decrypt it first';
  if (METHODS.includes(entry.compressionMethod)) return undefined;
  return `is compressed by method ${entry.compressionMethod}, which is not read; unzip the archive`;
}

class SliceReader extends RandomAccessReader {
  readonly #slice: ZipBytes['slice'];

  constructor(slice: ZipBytes['slice']) {
    super();
    this.#slice = slice;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const slice = this.#slice;
    return Readable.from(
      (async function* () {
        for (let at = start; at < end; at += STEP_BYTES)
          yield await slice(at, Math.min(end, at + STEP_BYTES));
      })(),
      { objectMode: false },
    );
  }
}

function open({ size, slice }: ZipBytes): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, strictFileNames: false, validateEntrySizes: true };
    fromRandomAccessReader(new SliceReader(slice), size, options, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(error);
    });
  });
}

function nextEntry(zip: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (work: () => void): void => {
      zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error');
      work();
    };
    zip.once('entry', (entry: Entry) => settle(() => resolve(entry)));
    zip.once('end', () => settle(() => resolve(undefined)));
    zip.once('error', (error) => settle(() => reject(error)));
    zip.readEntry();
  });
}

async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => {
      if (error === null) resolve(opened);
      else reject(error);
    });
  });
  for await (const chunk of stream) yield chunk as Buffer;
}
