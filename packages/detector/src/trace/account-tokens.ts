/** What each token of a document scored under an account's symbols. */
import { type AccountCodes, CODE_BLOCK_SYMBOLS } from '@countermark/watermark/scheme';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { TokenReport } from '../detect/token-report.ts';
import { TupleSet } from '../score/tuple-set.ts';
import type { TokenWeights } from '../weights/token-weights.ts';
import type { AccountScorer } from './account-scorer.ts';
import { AccountTable } from './account-table.ts';

/** A document as a tracer keeps it. */
export interface KeptDocument {
  /** The text that was tokenized; undefined for token ids. */
  readonly text: string | undefined;
  /** What tokenized it; undefined for token ids. */
  readonly tokenizer: Tokenizer | undefined;
  /** Uint32Array `[n]`. */
  readonly tokenIds: Uint32Array;
  /** The same in pieces: no context reaches from one to the next. */
  readonly segments: readonly Uint32Array[];
  /** What its tokens weigh, if that is known. */
  readonly weights: TokenWeights | undefined;
}

/**
 * Scores each token in an account slot under the symbol that the account has there, by the scheme: weights play no part.
 *
 * @param scorer   of the key.
 * @param codes    source of the codes.
 * @param document read by itself: its repeated tuples are duplicates.
 * @param account  account id.
 */
export function accountTokens(
  scorer: AccountScorer,
  codes: AccountCodes,
  document: KeptDocument,
  account: string,
): TokenReport {
  const { length } = document.tokenIds;
  const statuses = new Uint8Array(length);
  const scores = new Float64Array(length);
  const symbolAt = symbolReader(codes, account);
  const own = { table: new AccountTable(), tuples: new TupleSet() };
  const { weights: _, segments, ...shown } = document;
  scorer.add(segments, own, {
    trace: {
      statuses,
      onScored: (position, codePosition, found) => {
        scores[position] = found[symbolAt(codePosition)]!;
      },
    },
  });
  return { ...shown, statuses, scores, nullLaw: scorer.scheme.nullLaw };
}

const BLOCK_WORDS = 16;
const WORD_SYMBOLS = 8;
const SYMBOL_BITS = 4;

// Reads an account's symbol at a code position, each block of the code once.
function symbolReader(codes: AccountCodes, account: string): (codePosition: number) => number {
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
