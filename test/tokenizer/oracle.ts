import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { Tiktoken } from 'tiktoken';

/**
 * Returns the byte of `text` at which our ids part from those of tiktoken, or `undefined` where they are equal.
 *
 * tiktoken itself is the oracle: its WebAssembly engine shares nothing with ours but the ranks.
 */
export function firstDifference(
  tokenizer: Tokenizer,
  oracle: Pick<Tiktoken, 'encode_ordinary'>,
  text: string,
): number | undefined {
  const own = tokenizer.encode(text);
  const theirs = oracle.encode_ordinary(text);
  let bytes = 0;
  for (let i = 0; i < Math.max(own.length, theirs.length); i++) {
    if (own[i] !== theirs[i]) {
      for (const tokenId of own.subarray(0, i)) bytes += tokenizer.tokenBytes(tokenId).length;
      return bytes;
    }
  }
  return undefined;
}
