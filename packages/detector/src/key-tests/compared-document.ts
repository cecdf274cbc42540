/** What tests by comparison with random keys have in common: the tuples that a key scores, on which every key is compared. */
import type { MarkKey } from '@countermark/watermark/scheme';
import { eValueOfPValue } from '../evidence/calibrate-p-value.ts';
import { scoredPositions } from '../score/scored-words.ts';
import type { Dedup, Score, ScoreRecord, Scorer } from '../score/scorer.ts';
import { statisticOf } from '../score/statistic.ts';
import type { KeyScore } from './key-test.ts';

/** A document's scored tuples. */
export interface ComparedDocument {
  readonly score: Score;
  readonly trace: ScoreRecord;
  /** Uint32Array `[n]`, where they are, ascending. */
  readonly positions: Uint32Array;
  /** Uint8Array `[n]` of zeros: foreign marks have one symbol. */
  readonly symbols: Uint8Array;
}

/** Scores a document. */
export function comparedDocument(scorer: Scorer, tokenIds: Uint32Array, dedup: Dedup): ComparedDocument {
  const { length } = tokenIds;
  const trace = { statuses: new Uint8Array(length), words: new Uint32Array(length) };
  const score = scorer.score(tokenIds, dedup, trace);
  const positions = scoredPositions(trace);
  return { score, trace, positions, symbols: new Uint8Array(positions.length) };
}

/** Says what a comparison found. Nothing scored is no evidence, whatever the p-value. */
export function comparedScore(
  key: MarkKey,
  scorer: Scorer,
  { score, trace }: ComparedDocument,
  traced: boolean,
  log10PValue: number,
): Omit<KeyScore, 'log10LeastPValue'> {
  const { scored, sum } = score;
  return {
    score,
    log10PValue: scored === 0 ? 0 : log10PValue,
    trace: traced ? trace : undefined,
    weighted: undefined,
    statistic: statisticOf(key.scoreFamily, scorer.wordScore, scored, sum),
    log10EValue: scored === 0 ? 0 : eValueOfPValue(log10PValue),
  };
}
