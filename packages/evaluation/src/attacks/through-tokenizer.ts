import type { Tokenizer } from '@countermark/watermark/tokenizer';

/**
 * Sends a text through a tokenizer: its ids, and the text that they spell. A tokenizer of bytes gives every text without lone
 * surrogates back as it was, so this is the identity, and any other result is a fault.
 */
export function roundTrip(text: string, tokenizer: Tokenizer): string {
  return tokenizer.decode(tokenizer.encode(text));
}

/**
 * Sends a text through a tokenizer and decodes each token alone, as careless streaming does: a character that two tokens
 * share becomes U+FFFD twice. Text whose characters are all inside tokens comes back as it was.
 */
export function tokenByToken(text: string, tokenizer: Tokenizer): string {
  return Array.from(tokenizer.encode(text), (tokenId) => tokenizer.decode([tokenId])).join('');
}

/**
 * Does to a text what the normalizers of tokenizers do that do not give it back: compatibility composition (NFKC), every run of
 * white space as one space, none at the ends. Written after the behaviour of SentencePiece's `nmt_nfkc`.
 */
export function normalizeLikeSentencePiece(text: string): string {
  return text.normalize('NFKC').replace(/\s+/gu, ' ').trim();
}
