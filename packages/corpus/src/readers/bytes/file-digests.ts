import { createHash } from 'node:crypto';
import type { SmallFile } from './read-small.ts';

/** A digest of a file's first and last bytes is of so many at either end. */
export const EDGE_BYTES = 65_536;

/** What tells one file of this machine from another. */
export interface FileDigests {
  readonly size: number;
  /** Time of its last change, milliseconds since 1970. */
  readonly modifiedMs: number;
  /** SHA-256 of its first and last bytes. */
  readonly edges: string;
  /** SHA-256 of all its bytes. */
  readonly content: string;
}

/** Takes the digests of a file that was read whole; undefined if it was not. */
export function digestsOf({ size, modifiedMs, bytes }: SmallFile): FileDigests | undefined {
  if (bytes === undefined) return undefined;
  return {
    size,
    modifiedMs,
    edges: edgesOf(bytes),
    content: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** SHA-256 of the first and last bytes of a file that was read whole. */
export function edgesOf(bytes: Buffer): string {
  return createHash('sha256')
    .update(bytes.subarray(0, EDGE_BYTES))
    .update(bytes.subarray(Math.max(0, bytes.length - EDGE_BYTES)))
    .digest('hex');
}
