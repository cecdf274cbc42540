import type { SteppedSampler } from './sampler.ts';

/** A function that engines call between the model and their own sampler; it changes the logits in place. */
export type LogitsProcessor = (tokenIds: ArrayLike<number | bigint>, logits: Float32Array) => void;

// Another sequence has the same ids at as many places by chance alone next to never.
const REMEMBERED = 16;

/**
 * Creates a logits processor that makes an engine's own sampler take the marked choice.
 *
 * The engine must not change the distribution itself: temperature, top-k and top-p belong to the generation's options.
 * The processor leaves one logit at 0 and sets all others to -Infinity, so that sampling and greedy decoding
 * agree on it. Beam search is not supported: its beams would compete for one choice.
 *
 * @param generation   from `start` of a `Watermarker` or an `ForeignWatermarker`, with the same prompt.
 * @param promptLength tokens of the prompt at the front of `tokenIds` when the first step runs.
 * @returns the processor; its calls follow the response's steps, each once. It throws a `TypeError` where they do not, as with a second response.
 */
export function createLogitsProcessor(generation: SteppedSampler, promptLength: number): LogitsProcessor {
  let consumed = promptLength;
  // The last ids of those consumed, once there was a step.
  let before: readonly number[] | undefined;
  return (tokenIds, logits) => {
    if (before !== undefined) checkGoesOn(tokenIds, consumed, before);
    // What the engine really took since the last step: a stop rule or another processor may have replaced our choice.
    for (; consumed < tokenIds.length; consumed++) generation.push(Number(tokenIds[consumed]));
    before = Array.from({ length: Math.min(REMEMBERED, consumed) }, (_, i) =>
      Number(tokenIds[consumed - i - 1]),
    );
    const tokenId = generation.choose(logits);
    logits.fill(-Infinity);
    logits[tokenId] = 0;
  };
}

function checkGoesOn(
  tokenIds: ArrayLike<number | bigint>,
  consumed: number,
  before: readonly number[],
): void {
  const goesOn =
    tokenIds.length > consumed && before.every((id, i) => Number(tokenIds[consumed - i - 1]) === id);
  if (goesOn) return;
  throw new TypeError(
    '"tokenIds" expected the sequence of the last step and what was taken since: a processor is for one response',
  );
}
