import type { NullLaw, WordScore } from '@countermark/watermark/scheme';
import { scoredPositions } from '../score/scored-words.ts';
import type { ScoreRecord } from '../score/scorer.ts';

/** A document whose tokens have been scored under one key. */
export interface ScoredDocument {
  /** Uint32Array `[n]`, ascending: where the scored tokens are. */
  readonly positions: Uint32Array;
  /** Float64Array `[n]`, their integer scores. */
  readonly scores: Float64Array;
  /** The law of the scores' sums under the null. */
  readonly nullLaw: NullLaw;
  /** Tokens before a scored one that its tuple includes. */
  readonly contextWidth: number;
}

/** Gathers the scored tokens of a document. */
export function scoredDocument(trace: ScoreRecord, reading: WordScore, contextWidth: number): ScoredDocument {
  const positions = scoredPositions(trace);
  const scores = Float64Array.from(positions, (position) => reading.score(trace.words[position]!));
  return { positions, scores, nullLaw: reading.nullLaw, contextWidth };
}
