import {
  characterSpans,
  type Normalization,
  normalizeBy,
  nullTailLog10,
  type Span,
  TOKEN_STATUSES,
  type TokenReport,
  type TokenStatus,
} from '@countermark/detector';
import type { Document } from './task.ts';

/** What one token was to the key with the strongest evidence. */
export interface DescribedToken {
  readonly id: number;
  /** Its characters in the text as it was given, in UTF-16 code units; absent for token ids. */
  readonly characters?: Span;
  readonly status: TokenStatus;
  /** 0 unless it is scored. */
  readonly score: number;
  /** log10 P(one unmarked token scores as much); 0 unless it is scored. */
  readonly log10PValue: number;
}

/**
 * Describes each token of a document.
 *
 * @param document      as it was given.
 * @param normalization as it was tested with.
 */
export function describeTokens(
  trace: TokenReport,
  document: Document,
  normalization: Normalization,
): DescribedToken[] {
  const { tokenIds, statuses, scores, nullLaw } = trace;
  const spans = typeof document === 'string' ? spansOf(trace, document, normalization) : undefined;
  const known = new Map<number, number>();
  return Array.from(tokenIds, (id, i) => {
    const status = TOKEN_STATUSES[statuses[i] ?? 0] ?? 'without-context';
    const score = scores[i] ?? 0;
    let log10PValue = status === 'scored' ? known.get(score) : 0;
    if (log10PValue === undefined) {
      log10PValue = nullTailLog10(nullLaw, 1, score);
      known.set(score, log10PValue);
    }
    const characters = spans?.[i];
    return { id, ...(characters === undefined ? {} : { characters }), status, score, log10PValue };
  });
}

function spansOf(
  { text, tokenizer, tokenIds }: TokenReport,
  original: string,
  normalization: Normalization,
): Span[] | undefined {
  if (text === undefined || tokenizer === undefined) return undefined;
  const offsets = tokenizer.byteOffsets(tokenIds, text);
  const edges = normalizeBy(original, normalization).originalOffsets(offsets);
  return characterSpans(original, rangesBetween(edges));
}

/** Returns the ranges between ascending edges, `[n]` for `[n + 1]`. */
export function rangesBetween(edges: ArrayLike<number>): Span[] {
  return Array.from({ length: Math.max(0, edges.length - 1) }, (_, i) => ({
    start: edges[i] ?? 0,
    end: edges[i + 1] ?? 0,
  }));
}
