/** What a document's tokens are under a key, straight from docs/spec.md sections 3, 4 and 6: one hash a block, no batches. */
import type { TokenStatus } from '@countermark/detector';
import {
  accountCode,
  type Scheme,
  type Slot,
  slotLimits,
  slotOf,
  type WatermarkKey,
} from '@countermark/watermark/scheme';
import { nobleBlock } from '../prf/noble-block.ts';

/** One token with the context before it; absent fields have no meaning there. */
export interface NaiveToken {
  readonly status: TokenStatus;
  readonly slot?: Slot;
  /** Whether the same context stood before an earlier token of the document. */
  readonly isRepeatedContext?: boolean;
  readonly codePosition?: number;
  /** Uint32Array `[16]`, every word of the token. */
  readonly words?: Uint32Array;
}

/** Reads every token of a document under a key. */
export function naiveTokens(key: WatermarkKey, tokenIds: ArrayLike<number>): NaiveToken[] {
  const { contextWidth, codeLength } = key.params;
  const schemeKey = key.schemeKey();
  const limits = slotLimits(key.params);
  const ids = Array.from(tokenIds);
  const contexts = new Set<string>();
  const tuples = new Set<string>();
  return ids.map((tokenId, position): NaiveToken => {
    if (position < contextWidth) return { status: 'without-context' };
    const context = ids.slice(position - contextWidth, position);
    const header = nobleBlock(schemeKey, context, 0);
    const slot = slotOf(header[0]!, limits);
    const isRepeatedContext = contexts.has(context.join());
    contexts.add(context.join());
    const tuple = [...context, tokenId].join();
    const isRepeatedTuple = tuples.has(tuple);
    tuples.add(tuple);
    return {
      status: slot !== 'common' ? 'other-slot' : isRepeatedTuple ? 'duplicate' : 'scored',
      slot,
      isRepeatedContext,
      codePosition: header[1]! % codeLength,
      words: nobleBlock(schemeKey, context, 1 + tokenId),
    };
  });
}

/** The score of each token that is scored, 0 elsewhere. */
export function naiveScores(scheme: Scheme, tokens: readonly NaiveToken[]): number[] {
  return tokens.map(({ status, words }) => (status === 'scored' ? scheme.score(words![0]!) : 0));
}

/** The symbol that marks a token, or undefined where it is sampled plainly. */
export function symbolOf(key: WatermarkKey, token: NaiveToken, accountId?: string): number | undefined {
  if (token.slot === 'common') return 0;
  if (token.slot !== 'account' || accountId === undefined) return undefined;
  return accountCode(key.accountKey(), accountId, key.params.codeLength)[token.codePosition!];
}
