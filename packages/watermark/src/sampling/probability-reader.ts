import { CandidateSelector } from './candidate-selector.ts';
import { checkLogits } from './check-logits.ts';
import { completeOptions, type SamplingOptions } from './sampling-options.ts';

/**
 * Creates a function that computes one token's probability from the logits of a step.
 *
 * It takes logits Float32Array `[vocabSize]` and a token id, and returns 0 … 1; 0 for a token that truncation leaves out or whose
 * logit is -Infinity. It throws a `WatermarkError` `invalid-logits` if a logit is NaN or +Infinity, or all are -Infinity.
 *
 * @param vocabSize number of tokens, integer ≥ 1.
 * @param options   temperature, top-k and top-p.
 * @throws {RangeError} if an option is out of range.
 */
export function createProbabilityReader(
  vocabSize: number,
  options: Omit<SamplingOptions, 'maxCandidates'>,
): (logits: Float32Array, tokenId: number) => number {
  const { temperature, topK, topP } = completeOptions(options, vocabSize);
  if (topK === vocabSize && topP === 1) {
    return (logits, tokenId) => {
      let largest = -Infinity;
      for (const logit of logits) largest = Math.max(largest, logit);
      checkLogits(largest, logits);
      let sum = 0;
      for (const logit of logits) sum += Math.exp((logit - largest) / temperature);
      return Math.exp((logits[tokenId]! - largest) / temperature) / sum;
    };
  }
  const selector = new CandidateSelector(vocabSize);
  const everything = { ...options, maxCandidates: vocabSize };
  return (logits, tokenId) => {
    const { tokenIds, probs, count } = selector.select(logits, everything);
    const at = tokenIds.subarray(0, count).indexOf(tokenId);
    return at < 0 ? 0 : probs[at]!;
  };
}
