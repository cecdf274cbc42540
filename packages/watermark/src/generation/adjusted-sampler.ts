import type { TokenSampler } from './sampler.ts';

/** Changes of a model's logits, made before temperature, top-k, top-p and the mark. They add up, so that their order is of no matter. */
export interface LogitAdjustments {
  /** What is added to the logit of each token id, nats; finite. */
  readonly logitBias?: ReadonlyMap<number, number>;
  /** Taken once from the logit of each token that the response has, nats; finite (default 0). */
  readonly presencePenalty?: number;
  /** Taken from the logit of a token as often as the response has it, nats; finite (default 0). */
  readonly frequencyPenalty?: number;
}

/**
 * Lets a sampler choose from adjusted logits: the mark hides in what is left after them. Tokens of the prompt are not penalised.
 *
 * @param sampler     marked or not; only used through what is returned from here on.
 * @param adjustments see {@link LogitAdjustments}.
 * @param vocabSize   number of token ids, integer ≥ 1.
 * @returns a sampler of one response, which copies the logits; `sampler` itself where there is nothing to adjust.
 * @throws {RangeError} if a number is not finite, or a token id of the bias is beyond the vocabulary.
 */
export function createAdjustedSampler(
  sampler: TokenSampler,
  adjustments: LogitAdjustments,
  vocabSize: number,
): TokenSampler {
  const { logitBias = new Map<number, number>(), presencePenalty = 0, frequencyPenalty = 0 } = adjustments;
  checkFinite('presencePenalty', presencePenalty);
  checkFinite('frequencyPenalty', frequencyPenalty);
  for (const [tokenId, bias] of logitBias) {
    checkFinite('logitBias', bias);
    if (Number.isInteger(tokenId) && tokenId >= 0 && tokenId < vocabSize) continue;
    throw new RangeError(`"logitBias" expected token ids below ${vocabSize}, got ${tokenId}`);
  }
  if (logitBias.size === 0 && presencePenalty === 0 && frequencyPenalty === 0) return sampler;
  const taken = new Map<number, number>();
  let adjusted = new Float32Array(0);
  return {
    next(logits) {
      if (adjusted.length !== logits.length) adjusted = new Float32Array(logits.length);
      adjusted.set(logits);
      const add = (tokenId: number, nats: number): void => {
        adjusted[tokenId] = (adjusted[tokenId] ?? 0) + nats;
      };
      for (const [tokenId, bias] of logitBias) add(tokenId, bias);
      for (const [tokenId, times] of taken) add(tokenId, -presencePenalty - times * frequencyPenalty);
      const tokenId = sampler.next(adjusted);
      taken.set(tokenId, (taken.get(tokenId) ?? 0) + 1);
      return tokenId;
    },
  };
}

function checkFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`"${name}" expected a finite number, got ${value}`);
}
