import type { LanguageModel, ModelSequence } from '@countermark/watermark';

/**
 * Returns a model that never ends an answer: the tokens that would get no probability. Answers of one length can be compared.
 *
 * @param model        whose sequences are opened; closing it stays the caller's task.
 * @param stopTokenIds the tokens that end an answer.
 */
export function neverEnding(model: LanguageModel, stopTokenIds: readonly number[]): LanguageModel {
  const silence = (logits: Float32Array): Float32Array => {
    for (let row = 0; row < logits.length; row += model.logitCount) {
      for (const tokenId of stopTokenIds) logits[row + tokenId] = -Infinity;
    }
    return logits;
  };
  const open = (): ModelSequence => {
    const sequence = model.open();
    return {
      append: async (tokenIds) => silence(await sequence.append(tokenIds)),
      appendEach: async (tokenIds) => silence(await sequence.appendEach(tokenIds)),
      close: () => sequence.close(),
    };
  };
  return { ...model, open };
}
