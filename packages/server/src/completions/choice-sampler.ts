import { createHmac } from 'node:crypto';
import {
  createAdjustedSampler,
  createPlainSampler,
  type Generation,
  seededRandom,
  systemRandom,
  type TokenSampler,
  type Watermarker,
  type WatermarkKey,
} from '@countermark/watermark';
import { Problem } from '../http/problem.ts';
import { greedyFault } from '../sampling/check-sequence.ts';
import type { CompletionRequest } from './completion-request.ts';
import { type ScoredToken, ScoringSampler } from './token-logprobs.ts';

/** What the choices of a completion are sampled with. */
export interface ChoiceParts {
  readonly key: WatermarkKey;
  readonly watermarker: Watermarker;
  /** Whose completion it is. */
  readonly accountId: string;
  /** Uint32Array `[n]`. */
  readonly prompt: Uint32Array;
  /** What the randomness of requests with a seed is derived from, `[32]`. */
  readonly seedKey: Uint8Array;
}

/** What chooses the tokens of one choice. */
export interface ChoiceSampler extends TokenSampler {
  /** The token that was chosen last, where log-probabilities are asked for. */
  readonly last: ScoredToken | undefined;
  /** Whether the mark chose anything so far. */
  readonly isMarked: boolean;
}

/** Makes the sampler of one choice: the bias and penalties first, then temperature and top-p, then the mark. */
export function choiceSampler(request: CompletionRequest, parts: ChoiceParts, index: number): ChoiceSampler {
  const { vocabSize } = parts.watermarker;
  const { presencePenalty = 0, frequencyPenalty = 0, logitBias, logprobs } = request;
  if ([...logitBias.keys()].some((tokenId) => tokenId >= vocabSize)) {
    const param = 'logit_bias';
    throw new Problem('invalid-request', `"${param}": must name token ids below ${vocabSize}`, { param });
  }
  const random = request.seed === undefined ? systemRandom() : seeded(request.seed, parts, index);
  const { generation, sampler } = markedOrPlain(request, parts, random);
  const adjusted = createAdjustedSampler(
    sampler,
    { presencePenalty, frequencyPenalty, logitBias },
    vocabSize,
  );
  const scoring = logprobs === undefined ? undefined : new ScoringSampler(adjusted, vocabSize, logprobs);
  return {
    next: (logits) => (scoring ?? adjusted).next(logits),
    get last() {
      return scoring?.last;
    },
    get isMarked() {
      return generation?.isMarked === true;
    },
  };
}

function markedOrPlain(
  { temperature, topP }: CompletionRequest,
  { key, watermarker, accountId, prompt }: ChoiceParts,
  random: () => number,
): { readonly generation?: Generation; readonly sampler: TokenSampler } {
  const sampling = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
  };
  // Greedy decoding leaves nothing to hide in: the answer is not marked, and says so.
  if (greedyFault(temperature, key.params.scheme.kind) !== undefined) {
    return { sampler: createPlainSampler(watermarker.vocabSize, sampling, random) };
  }
  const generation = watermarker.start({ prompt, accountId, sampling, random });
  return { generation, sampler: generation };
}

/**
 * Returns the randomness of a seed. A client that could compute it would tell the tokens that the key chose from those that were drawn, so
 * it follows from a secret as well; and from the prompt, so that answers to two prompts do not begin alike.
 */
function seeded(seed: number, { key, accountId, prompt, seedKey }: ChoiceParts, index: number): () => number {
  const hmac = createHmac('sha256', seedKey);
  hmac.update(JSON.stringify([key.keyId, accountId, seed, index]));
  hmac.update(Uint8Array.from(new Uint8Array(prompt.buffer, prompt.byteOffset, prompt.byteLength)));
  return seededRandom(new Uint8Array(hmac.digest()));
}
