import { createHash } from 'node:crypto';
import type { DigestAnswer } from './task.ts';

/**
 * Digests a text as people take it from one window to another: in Unicode's normal form NFC, every run of white space as one blank, none at
 * the ends. SHA-256, `[32]`.
 */
export function digestText(text: string): DigestAnswer {
  const plain = text.normalize('NFC').replaceAll(/\s+/g, ' ').trim();
  return { digest: new Uint8Array(createHash('sha256').update(plain).digest()) };
}
