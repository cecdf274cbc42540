import type { SteppedSampler } from './sampler.ts';

/** A function that engines call between the model and their own sampler; it changes the logits in place. */
export type LogitsProcessor = (tokenIds: ArrayLike<number | bigint>, logits: Float32Array) => void;

/**
 * Creates a logits processor that makes an engine's own sampler take the marked choice.
 *
 * The engine must not change the distribution itself: temperature, top-k and top-p belong to the generation's options.
 * The processor leaves one logit at 0 and sets all others to -Infinity, so that sampling and greedy decoding
 * agree on it. Beam search is not supported: its beams would compete for one choice.
 *
 * @param generation   from `start` of a `Watermarker` or an `InteropWatermarker`, with the same prompt.
 * @param promptLength tokens of the prompt at the front of `tokenIds` when the first step runs.
 * @returns the processor; its calls follow the response's steps, each once.
 */
export function createLogitsProcessor(generation: SteppedSampler, promptLength: number): LogitsProcessor {
  let consumed = promptLength;
  return (tokenIds, logits) => {
    // What the engine really took since the last step: a stop rule or another processor may have replaced our choice.
    for (; consumed < tokenIds.length; consumed++) generation.push(Number(tokenIds[consumed]));
    const tokenId = generation.choose(logits);
    logits.fill(-Infinity);
    logits[tokenId] = 0;
  };
}
