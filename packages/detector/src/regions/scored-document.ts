import type { NullLaw, ScoreReading } from '@countermark/watermark/scheme';
import { type ScoreTrace, TOKEN_STATUSES } from '../scorer.ts';

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

const SCORED = TOKEN_STATUSES.indexOf('scored');

/** Gathers the scored tokens of a document. */
export function scoredDocument(
  trace: ScoreTrace,
  reading: ScoreReading,
  contextWidth: number,
): ScoredDocument {
  const count = trace.statuses.reduce((total, status) => total + Number(status === SCORED), 0);
  const positions = new Uint32Array(count);
  const scores = new Float64Array(count);
  for (let position = 0, i = 0; position < trace.statuses.length; position++) {
    if (trace.statuses[position] !== SCORED) continue;
    positions[i] = position;
    scores[i++] = reading.score(trace.words[position]!);
  }
  return { positions, scores, nullLaw: reading.nullLaw, contextWidth };
}
