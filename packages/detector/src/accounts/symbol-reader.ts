import { type AccountCodes, CODE_BLOCK_SYMBOLS } from '@countermark/watermark/scheme';

const BLOCK_WORDS = 16;
const WORD_SYMBOLS = 8;
const SYMBOL_BITS = 4;

/**
 * Reads an account's symbol at code positions, each block of the code once.
 *
 * @param account its id, as text or in UTF-8.
 */
export function symbolReader(
  codes: AccountCodes,
  account: string | Uint8Array,
): (codePosition: number) => number {
  const blocks = new Map<number, Uint32Array>();
  return (codePosition) => {
    const number = Math.floor(codePosition / CODE_BLOCK_SYMBOLS);
    let block = blocks.get(number);
    if (block === undefined) {
      block = new Uint32Array(BLOCK_WORDS);
      codes.read(account, Uint32Array.of(number), block);
      blocks.set(number, block);
    }
    const word = block[Math.floor((codePosition % CODE_BLOCK_SYMBOLS) / WORD_SYMBOLS)]!;
    return (word >>> (SYMBOL_BITS * (codePosition % WORD_SYMBOLS))) & (2 ** SYMBOL_BITS - 1);
  };
}
