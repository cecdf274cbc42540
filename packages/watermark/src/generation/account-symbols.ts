import { type AccountCodes, CODE_BLOCK_SYMBOLS } from '../prf/account-codes.ts';
import { checkAccountId } from '../prf/blake3.ts';

const BLOCK_WORDS = 16;
const SYMBOLS_A_WORD = 8;

/**
 * Returns which symbol an account's code has for a code position word: docs/spec.md section 4. Reads the one block that the
 * symbol is in, so that a response of a single step costs no whole code.
 *
 * @param codes     where codes are read.
 * @param accountId whose code.
 * @param length    symbols of the code, L.
 * @throws {TypeError | RangeError} unless the account id is 1 to 256 bytes of UTF-8.
 */
export function accountSymbols(
  codes: AccountCodes,
  accountId: string,
  length: number,
): (positionWord: number) => number {
  checkAccountId(accountId);
  const block = new Uint32Array(1);
  const words = new Uint32Array(BLOCK_WORDS);
  return (positionWord) => {
    const codePosition = positionWord % length;
    const inBlock = codePosition % CODE_BLOCK_SYMBOLS;
    block[0] = (codePosition - inBlock) / CODE_BLOCK_SYMBOLS;
    codes.read(accountId, block, words);
    const word = words[Math.floor(inBlock / SYMBOLS_A_WORD)] ?? 0;
    return (word >>> (4 * (inBlock % SYMBOLS_A_WORD))) & 15;
  };
}
