import { nullTailLog10 } from '../law/law-of.ts';
import { freshContexts } from '../weights/fresh-contexts.ts';
import type { TokenWeights } from '../weights/token-weights.ts';
import { type WeightedTest, weightedTest } from '../weights/weighted-test.ts';
import { type Dedup, type Score, type ScoreRecord, type Scorer, TOKEN_STATUSES } from './scorer.ts';

/** A document's score under one key with its p-value, before any correction. */
export interface DocumentScore {
  readonly score: Score;
  readonly log10PValue: number;
  /** What each token was, if asked for or if its tokens have weights. */
  readonly trace: ScoreRecord | undefined;
  /** What {@link log10PValue} rests on, if its tokens have weights. */
  readonly weighted: WeightedTest | undefined;
}

const SCORED = TOKEN_STATUSES.indexOf('scored');

/**
 * Scores a document and computes its p-value, by the weights of its tokens where they have some.
 *
 * @throws as {@link Scorer.score} does.
 */
export function scoreDocument(
  scorer: Scorer,
  tokenIds: Uint32Array,
  dedup: Dedup,
  traced: boolean,
  weights: TokenWeights | undefined,
): DocumentScore {
  const { length } = tokenIds;
  const trace =
    traced || weights !== undefined
      ? { statuses: new Uint8Array(length), words: new Uint32Array(length) }
      : undefined;
  const score = scorer.score(tokenIds, dedup, trace);
  const log10PlainPValue = nullTailLog10(scorer.wordScore.nullLaw, score.scored, score.sum);
  if (weights === undefined || trace === undefined) {
    return { score, log10PValue: log10PlainPValue, trace, weighted: undefined };
  }
  const fresh = freshContexts([tokenIds], scorer.contextWidth);
  const isWeighed = (_: number, i: number): boolean => trace.statuses[i] === SCORED && fresh[i] === 1;
  const test = weightedTest(weights.scores, trace.words.filter(isWeighed), weights.classes.filter(isWeighed));
  return { score, log10PValue: test.log10PValue, trace, weighted: { ...test, log10PlainPValue } };
}
