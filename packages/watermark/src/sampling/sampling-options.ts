/**
 * How raw logits become a distribution, applied in this order: temperature, top-k, top-p, renormalisation.
 *
 * Tokens are ranked by descending logit, equal logits by ascending id.
 */
export interface SamplingOptions {
  /** Divides the logits; finite and > 0 (default 1). Greedy decoding is {@link CandidateSelector.greedy}. */
  readonly temperature?: number;
  /** Keeps exactly this many of the first-ranked tokens, or all of them if there are fewer; an integer >= 1. */
  readonly topK?: number;
  /**
   * Keeps the shortest prefix of the ranking whose mass after temperature and top-k is at least this, one token
   * at least; 0 < topP <= 1, and 1 keeps everything.
   */
  readonly topP?: number;
  /** The most candidates, an integer >= 1 (default 4096); what truncation keeps beyond them is the tail. */
  readonly maxCandidates?: number;
}

const DEFAULT_CANDIDATES = 4096;

/**
 * Checks options and fills in the defaults.
 *
 * @param vocabSize number of tokens; the default of `topK`, and its limit.
 * @throws {RangeError} if one is out of range.
 */
export function completeOptions(options: SamplingOptions, vocabSize: number): Required<SamplingOptions> {
  const { temperature = 1, topK = vocabSize, topP = 1, maxCandidates = DEFAULT_CANDIDATES } = options;
  if (!(temperature > 0 && temperature < Infinity))
    throw new RangeError(`"temperature" expected a finite number > 0, got ${temperature}`);
  if (!(topP > 0 && topP <= 1)) throw new RangeError(`"topP" expected 0 < topP <= 1, got ${topP}`);
  checkPositiveInteger('topK', topK);
  checkPositiveInteger('maxCandidates', maxCandidates);
  return {
    temperature,
    topK: Math.min(topK, vocabSize),
    topP,
    maxCandidates: Math.min(maxCandidates, vocabSize),
  };
}

/** @throws {RangeError} if the value is not an integer >= 1. */
export function checkPositiveInteger(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`"${name}" expected an integer >= 1, got ${value}`);
}

/** @throws {RangeError} if the number is not in [0, 1). */
export function checkUniform(uniform: number): void {
  if (!(uniform >= 0 && uniform < 1))
    throw new RangeError(`"uniform" expected 0 <= uniform < 1, got ${uniform}`);
}
