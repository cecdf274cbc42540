import { createHash } from 'node:crypto';
import { createParams, WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';

/** A tokenizer whose tokens are the bytes of UTF-8, so that every character above U+007F is split. */
export const BYTE_TOKENIZER: Tokenizer = {
  name: 'bytes',
  vocabSize: 256,
  fingerprint: createHash('sha256').update('bytes').digest('hex'),
  encode: (text) => Uint32Array.from(new TextEncoder().encode(text)),
  decode: (tokenIds) => new TextDecoder().decode(Uint8Array.from(Array.from(tokenIds))),
  tokenBytes: (tokenId) => Uint8Array.of(tokenId),
  byteOffsets: (tokenIds) => Uint32Array.from({ length: Array.from(tokenIds).length + 1 }, (_, i) => i),
  close: () => undefined,
};

const { name, vocabSize, fingerprint } = BYTE_TOKENIZER;

/** A key for it, always the same. */
export const BYTE_KEY: WatermarkKey = new WatermarkKey(
  createParams({ tokenizer: { name, vocabSize, fingerprint } }),
  new Uint8Array(32).fill(7),
);
