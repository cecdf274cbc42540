/** Answers of the Markov model that are marked as the mark's own software marks them. */
import type { AnyKey, Random } from '@countermark/fixtures/calibration';
import { CandidateSelector, Watermarker, WatermarkKey } from '@countermark/watermark';
import { EXP_EDIT, ForeignWatermarker, startExpEdit } from '@countermark/watermark/interop';
import type { MarkovModel } from './markov-model.ts';

// Temperature 1: as much entropy as the model has. The long tail is cut as engines do.
const SAMPLING = { temperature: 1, topK: 100 };
const PROMPT_TOKENS = 8;

/** Writes one answer: Uint32Array `[length]`. */
export type WriteAnswer = (length: number) => Uint32Array;

/**
 * Opens what writes answers under a key; each begins somewhere else.
 *
 * @param prompts tokens that prompts are cut from.
 */
export function openWriter(
  key: AnyKey,
  model: MarkovModel,
  prompts: Uint32Array,
  random: Random,
): { readonly write: WriteAnswer; close(): void } {
  const logits = new Float32Array(model.vocabSize);
  const prompt = (): Uint32Array => {
    const start = Math.floor((prompts.length - PROMPT_TOKENS) * random());
    return prompts.slice(start, start + PROMPT_TOKENS);
  };
  const answer = (first: Uint32Array, length: number, next: (text: Uint32Array, at: number) => number) => {
    const text = new Uint32Array(PROMPT_TOKENS + length);
    text.set(first);
    for (let at = PROMPT_TOKENS; at < text.length; at++) {
      model.logits(text, at, logits);
      text[at] = next(text, at);
    }
    return text.slice(PROMPT_TOKENS);
  };
  if (!(key instanceof WatermarkKey) && key.profile.kind === 'permutation') {
    const selector = new CandidateSelector(model.vocabSize);
    const config = EXP_EDIT.config.parse({ ...key.params.settings, ...key.exportSecret() });
    const write: WriteAnswer = (length) => {
      const offset = Math.floor(config.key_len * random());
      const sampler = startExpEdit(config, model.vocabSize, { promptLength: PROMPT_TOKENS, offset, random });
      return answer(prompt(), length, (text, at) =>
        sampler.choose(text.subarray(0, at), selector.select(logits, SAMPLING)),
      );
    };
    return { write, close: () => undefined };
  }
  const watermarker = key instanceof WatermarkKey ? new Watermarker(key) : new ForeignWatermarker(key);
  return {
    write(length) {
      const first = prompt();
      const sampler = watermarker.start({ prompt: first, sampling: SAMPLING, random });
      return answer(first, length, () => sampler.next(logits));
    },
    close: () => watermarker.close(),
  };
}
