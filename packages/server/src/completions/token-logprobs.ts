import type { TokenSampler } from '@countermark/watermark';

/** A token id with the natural logarithm of its probability. */
export interface Likelihood {
  readonly tokenId: number;
  readonly logprob: number;
}

/** A token that was chosen, and the likeliest ones of its step, likeliest first. */
export interface ScoredToken extends Likelihood {
  readonly top: readonly Likelihood[];
}

/** What OpenAI's API has for a probability of 0, or hardly more. */
const LEAST = -9999;

/** A sampler that notes how likely the model thought the tokens that it chose: by its logits as they came, before penalties, temperature and the mark. */
export class ScoringSampler implements TokenSampler {
  readonly #sampler: TokenSampler;
  readonly #vocabSize: number;
  readonly #most: number;
  #last: ScoredToken | undefined;

  /**
   * @param sampler   that chooses.
   * @param vocabSize entries of the logits that are tokens.
   * @param most      how many of the likeliest are noted.
   */
  constructor(sampler: TokenSampler, vocabSize: number, most: number) {
    this.#sampler = sampler;
    this.#vocabSize = vocabSize;
    this.#most = most;
  }

  /** The token that was chosen last. */
  get last(): ScoredToken | undefined {
    return this.#last;
  }

  next(logits: Float32Array): number {
    const own = logits.subarray(0, this.#vocabSize);
    let largest = Number.NEGATIVE_INFINITY;
    for (const logit of own) if (logit > largest) largest = logit;
    let sum = 0;
    for (const logit of own) sum += Math.exp(logit - largest);
    const total = largest + Math.log(sum);
    const likelihood = (tokenId: number): Likelihood => ({
      tokenId,
      logprob: Math.max(LEAST, (own[tokenId] ?? Number.NEGATIVE_INFINITY) - total),
    });
    const top = likeliest(own, this.#most).map(likelihood);
    const tokenId = this.#sampler.next(logits);
    this.#last = { ...likelihood(tokenId), top };
    return tokenId;
  }
}

/** Returns the ids of the largest logits, largest first, equal ones by ascending id. */
function likeliest(logits: Float32Array, count: number): number[] {
  const ids: number[] = [];
  if (count === 0) return ids;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? 0;
    const isFull = ids.length === count;
    if (isFull && logit <= (logits[ids[count - 1] ?? 0] ?? 0)) continue;
    const place = ids.findIndex((other) => (logits[other] ?? 0) < logit);
    ids.splice(place < 0 ? ids.length : place, 0, id);
    if (ids.length > count) ids.pop();
  }
  return ids;
}
