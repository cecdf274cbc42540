/** What each token of a document scored under an account's symbols. */
import type { AccountCodes } from '@countermark/watermark/scheme';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { AccountScorer } from '../accounts/account-scorer.ts';
import { AccountTable } from '../accounts/account-table.ts';
import { symbolReader } from '../accounts/symbol-reader.ts';
import type { TokenReport } from '../detect/token-report.ts';
import { TupleSet } from '../score/tuple-set.ts';
import type { TokenWeights } from '../weights/token-weights.ts';

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
