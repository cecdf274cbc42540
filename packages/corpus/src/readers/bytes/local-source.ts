import { type FileHandle, open } from 'node:fs/promises';
import { passingOf, repeat } from '@countermark/host';
import { systemFaultInWords } from '@countermark/watermark';
import { CorpusError, type UnreadableReason } from '../../errors.ts';
import type { ReadState } from '../read-options.ts';
import type { ByteSource } from './byte-source.ts';

/**
 * Opens a file of this machine. It is read up to the length that it has now.
 *
 * @throws {CorpusError} if it cannot be opened or is not a regular file.
 */
export async function openLocal(path: string, reading: ReadState): Promise<ByteSource> {
  let handle: FileHandle;
  try {
    handle = await repeat(() => open(path, 'r'), { signal: reading.signal });
  } catch (error) {
    reading.signal?.throwIfAborted();
    throw unreadable(path, error);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile())
      throw new CorpusError('unreadable', `${path}: is not a regular file`, { reason: 'not-a-file' });
    return new LocalSource(path, handle, stats.size, reading);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class LocalSource implements ByteSource {
  readonly size: number;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #reading: ReadState;

  constructor(path: string, handle: FileHandle, size: number, reading: ReadState) {
    this.#path = path;
    this.#handle = handle;
    this.size = size;
    this.#reading = reading;
  }

  async *chunks(start: number, end = this.size): AsyncGenerator<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(this.#reading.chunkBytes, end - start)));
    for (let at = start; at < end; ) {
      this.#reading.signal?.throwIfAborted();
      const length = await this.#read(buffer, Math.min(buffer.length, end - at), at);
      at += length;
      yield buffer.subarray(0, length);
    }
  }

  async slice(start: number, end: number): Promise<ArrayBuffer> {
    this.#reading.signal?.throwIfAborted();
    if (end > this.size) throw endsEarly(this.#path, this.size);
    const bytes = new ArrayBuffer(end - start);
    for (let at = start; at < end; ) at += await this.#read(Buffer.from(bytes, at - start), end - at, at);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #read(buffer: Buffer, length: number, at: number): Promise<number> {
    let bytesRead: number;
    try {
      ({ bytesRead } = await repeat(() => this.#handle.read(buffer, 0, length, at), {
        signal: this.#reading.signal,
      }));
    } catch (error) {
      this.#reading.signal?.throwIfAborted();
      throw unreadable(this.#path, error);
    }
    if (bytesRead === 0) throw endsEarly(this.#path, at);
    this.#reading.addBytes(bytesRead);
    return bytesRead;
  }
}

/** Says that a file is shorter than it should be. */
export function endsEarly(path: string, at: number): CorpusError {
  return new CorpusError('truncated', `${path}: ends at byte ${at}, before it should`);
}

const CODE_REASONS: ReadonlyMap<string, UnreadableReason> = new Map([
  ['ENOENT', 'missing'],
  ['ENOTDIR', 'missing'],
  ['ELOOP', 'missing'],
  ['EACCES', 'denied'],
  ['EPERM', 'denied'],
  ['EISDIR', 'not-a-file'],
]);

/** Says that a path cannot be read, and the system's reason. */
export function unreadable(path: string, error: unknown): CorpusError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
  const passing = passingOf(error);
  const reason = CODE_REASONS.get(code);
  return new CorpusError('unreadable', `${path}: cannot be read: ${systemFaultInWords(code)}`, {
    cause: error,
    passing,
    reason,
  });
}
