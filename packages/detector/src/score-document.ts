import { DetectorError } from './errors.ts';
import { nullTailLog10 } from './null-tail.ts';
import { type Dedup, type Score, type Scorer, type ScoreTrace, TOKEN_STATUSES } from './scorer.ts';
import { freshContexts } from './weights/fresh-contexts.ts';
import { type KnownProbabilities, knownProbabilityTest } from './weights/known-probabilities.ts';

/** A document's score under one key with its p-value, before any correction. */
export interface DocumentScore {
  readonly score: Score;
  readonly log10PValue: number;
  /** What each token was, if asked for or if probabilities were given. */
  readonly trace: ScoreTrace | undefined;
  /** What {@link log10PValue} rests on, if probabilities were given. */
  readonly known: KnownProbabilities | undefined;
}

const SCORED = TOKEN_STATUSES.indexOf('scored');

/**
 * Scores a document and computes its p-value, given the probabilities of its tokens where they are known.
 *
 * @throws as {@link Scorer.score} does.
 */
export function scoreDocument(
  scorer: Scorer,
  tokenIds: Uint32Array,
  dedup: Dedup,
  traced: boolean,
  probabilities: Float64Array | undefined,
): DocumentScore {
  const { length } = tokenIds;
  const trace =
    traced || probabilities !== undefined
      ? { statuses: new Uint8Array(length), words: new Uint32Array(length) }
      : undefined;
  const score = scorer.score(tokenIds, dedup, trace);
  const log10PlainPValue = nullTailLog10(scorer.scheme.nullLaw, score.scored, score.sum);
  if (probabilities === undefined || trace === undefined) {
    return { score, log10PValue: log10PlainPValue, trace, known: undefined };
  }
  const fresh = freshContexts(tokenIds, scorer.contextWidth);
  const mayBeMarked = (_: number, i: number): boolean => trace.statuses[i] === SCORED && fresh[i] === 1;
  const test = knownProbabilityTest(trace.words.filter(mayBeMarked), probabilities.filter(mayBeMarked));
  return { score, log10PValue: test.log10PValue, trace, known: { ...test, log10PlainPValue } };
}

/**
 * Returns probabilities as numbers `[n]`, one for each of n tokens.
 *
 * @throws {DetectorError} `probabilities-unusable` if there are more or fewer, or naming the first that is none.
 */
export function toProbabilities(values: ArrayLike<number>, tokens: number): Float64Array {
  if (values.length !== tokens) {
    throw new DetectorError(
      'probabilities-unusable',
      `there are ${values.length} probabilities for ${tokens} tokens`,
    );
  }
  const probabilities = Float64Array.from(values);
  const wrong = probabilities.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong >= 0) {
    throw new DetectorError('probabilities-unusable', `the value at position ${wrong} is no probability`);
  }
  return probabilities;
}
