import { createHash } from 'node:crypto';

/** Returns SHA-256, 64 lowercase hex digits: in Node, some ten times as fast. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
