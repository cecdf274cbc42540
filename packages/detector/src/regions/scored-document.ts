import type { NullLaw, WordScore } from '@countermark/watermark/scheme';
import { repeatsBefore, scoredPositions } from '../score/scored-words.ts';
import type { ScoreRecord } from '../score/scorer.ts';

/** A document whose tokens have been scored under one key. */
export interface ScoredDocument {
  /** Uint32Array `[n]`, ascending: where the scored tokens are. */
  readonly positions: Uint32Array;
  /** Float64Array `[n]`, their integer scores. */
  readonly scores: Float64Array;
  /** Uint32Array `[n]`: repeated tuples between each scored one and the one before it, which have no score of their own. */
  readonly repeats: Uint32Array;
  /** The law of the scores' sums under the null. */
  readonly nullLaw: NullLaw;
  /** Tokens before a scored one that its tuple includes. */
  readonly contextWidth: number;
}

/** Gathers the scored tokens of a document. */
export function scoredDocument(trace: ScoreRecord, reading: WordScore, contextWidth: number): ScoredDocument {
  const positions = scoredPositions(trace);
  const scores = Float64Array.from(positions, (position) => reading.score(trace.words[position]!));
  const repeats = repeatsBefore(trace, positions);
  return { positions, scores, repeats, nullLaw: reading.nullLaw, contextWidth };
}
